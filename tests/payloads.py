"""Texts that would act in a browser that took them for more than text, and what no view of ours may hold."""

MARK = "pwned"
_RUN = f"window.{MARK}=1"
PAYLOADS = [
    f"<script>{_RUN}</script>",
    f"</script><script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f'"><img src=x onerror={_RUN}>',
    f"'><img src=x onerror={_RUN}>",
    f"<svg onload={_RUN}>",
    f"<svg><script>{_RUN}</script>",
    f"<svg/onload={_RUN}//",
    f"<body onload={_RUN}>",
    f"<iframe srcdoc='<script>parent.{MARK}=1</script>'>",
    f"<iframe src=javascript:{_RUN}>",
    f"<object data=javascript:{_RUN}>",
    f"<embed src=javascript:{_RUN}>",
    f"<a href=javascript:{_RUN}>x</a>",
    f"javascript:{_RUN}",
    f"JaVaScRiPt:{_RUN}",
    f"java\tscript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    "<base href=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<img src=https://evil.example/x.png>",
    "<video><source onerror=pwned=1>",
    "<audio src=x onerror=pwned=1>",
    "<details open ontoggle=pwned=1>",
    "<input autofocus onfocus=pwned=1>",
    "<select autofocus onfocus=pwned=1>",
    "<textarea autofocus onfocus=pwned=1>",
    "<marquee onstart=pwned=1>",
    "<form action=https://evil.example/><button>x</button></form>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=pwned=1>",
    "<noscript><p title='</noscript><img src=x onerror=pwned=1>'>",
    "<template><script>pwned=1</script></template>",
    "<!--><script>pwned=1</script>-->",
    "]]><script>pwned=1</script>",
    "{{7*7}}",
    "{% raw %}",
    "${pwned=1}",
    "#{7*7}",
    "<%= 7*7 %>",
    "`${pwned=1}`",
    "';pwned=1;//",
    '";pwned=1;//',
    '\\";pwned=1;//',
    "\u2028pwned=1//",
    "\u2029pwned=1//",
    "&lt;script&gt;pwned=1&lt;/script&gt;",
    "&#60;script&#62;pwned=1&#60;/script&#62;",
    "%3Cscript%3Epwned=1%3C/script%3E",
    "\u003cscript\u003epwned=1",
    "+ADw-script+AD4-pwned=1",
    "<scr\x00ipt>pwned=1</scr\x00ipt>",
    "<ſcript>pwned=1</ſcript>",
    "＜script＞pwned=1＜/script＞",
    "<x/onclick=pwned=1>",
    "\u202e<tpircs>",
    "__proto__",
    "constructor",
    "../../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
]

# All that our own views may consist of: nothing that loads, frames, styles or submits; and no handler, no address but
# our own.
FOREIGN = """() => {
  const ours = new Set((
    "HTML HEAD BODY META TITLE LINK SCRIPT A HEADER NAV SPAN BUTTON MAIN H1 H2 P B UL LI DIV SECTION ARTICLE ASIDE " +
    "FOOTER TABLE THEAD TBODY TR TH TD CODE KBD DL DT DD DETAILS SUMMARY FORM LABEL INPUT SELECT OPTION METER INS " +
    "DEL Q PRE FIGURE FIGCAPTION SVG G PATH RECT TEXT LINE CIRCLE").split(" "));
  const out = [];
  const here = location.href.replace(/#.*/, "").replace(/(rules\\/)?[^/]*$/, "");
  for (const e of document.querySelectorAll("*")) {
    const tag = e.tagName.toUpperCase();
    if (!ours.has(tag) && !(tag === "TITLE" && e.ownerSVGElement)) out.push(e.outerHTML.slice(0, 120));
    for (const a of e.attributes) {
      if (/^on/i.test(a.name) || a.name === "style" || a.name === "srcdoc") out.push(`${e.tagName} ${a.name}`);
    }
    for (const name of ["href", "src", "action"]) {
      const value = e.hasAttribute(name) ? new URL(e.getAttribute(name), location.href).href : here;
      if (!value.startsWith(here)) out.push(`${e.tagName} ${name} ${value}`);
    }
    if (tag === "SCRIPT" && e.textContent) out.push("a script of its own");
  }
  if ("pwned" in window) out.push("a script ran");
  return out;
}"""
