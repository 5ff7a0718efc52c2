"""Sphinx: Markdown as GitHub reads it, one search box, nothing from other hosts."""

project = "Vestibule"
author = "The authors of Vestibule"
html_title = "Vestibule"
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
# Anchors of headings as GitHub makes them; a link to one that doesn't exist is an error.
myst_heading_anchors = 6
nitpicky = True
# Pages that only other pages link to, such as READMEs of examples.
suppress_warnings = ["toc.not_included", "misc.highlighting_failure"]
highlight_language = "text"

html_theme = "furo"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = True
html_show_sourcelink = False
html_extra_path = ["extra"]
html_theme_options = {"navigation_with_keys": False}
