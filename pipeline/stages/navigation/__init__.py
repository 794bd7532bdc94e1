"""Stage navigation: menus, breadcrumbs, link lists, controls, pagers: what a page shows on every visit."""

from pipeline.rule import Stage
from pipeline.stages.group import PAGE
from pipeline.stages.navigation.breadcrumb import breadcrumb
from pipeline.stages.navigation.control_bar import control_bar
from pipeline.stages.navigation.furniture_element import furniture_element
from pipeline.stages.navigation.menu_block import menu_block
from pipeline.stages.navigation.menu_page import menu_page
from pipeline.stages.navigation.options import NavigationOptions
from pipeline.stages.navigation.outside_extracted_text import outside_extracted_text
from pipeline.stages.navigation.outside_main_element import outside_main_element
from pipeline.stages.navigation.page_head import page_head
from pipeline.stages.navigation.post_header import post_header
from pipeline.stages.navigation.ruler_line import ruler_line
from pipeline.stages.navigation.run_together_links import run_together_links
from pipeline.stages.navigation.torn_markup import torn_markup

STAGE = Stage(
    "navigation",
    (
        menu_page,
        outside_extracted_text,
        outside_main_element,
        furniture_element,
        torn_markup,
        breadcrumb,
        page_head,
        menu_block,
        run_together_links,
        ruler_line,
        control_bar,
        post_header,
    ),
    NavigationOptions,
    group=PAGE,
)
