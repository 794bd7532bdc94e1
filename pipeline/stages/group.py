"""The group of stages that tell a page's own text from the page around it.

Menus, tails and lines of credit are evidence for each other: a breadcrumb names the title, a menu below a list says that
the list is a foot. So navigation, related and metadata see one text, and what one takes is not lost to the next.
"""

PAGE = "page"
