"""Texts that would do something in a page that took them for markup, script or template.

Each that could run sets `window.ran`. All are our own, after the ways that there are into a page.
"""

from typing import Final

RUN: Final = "window.ran=1"

_SCRIPTS: Final = [
    f"<script>{RUN}</script>",
    f"<ScRiPt >{RUN}</sCrIpT\t>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"<script/src=data:text/javascript,{RUN}></script>",
    f"<script type=module>{RUN}</script>",
    f"\ufeff<script>{RUN}//",
    f"\x00<\x00script\x00>{RUN}<\x00/script>",
    f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e",
]
_HANDLERS: Final = [
    f"<img src=x onerror={RUN}>",
    f'<img src="x` `<script>{RUN}</script>"` `>',
    f"<body onload={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><script>{RUN}</script></svg>",
    f"<details open ontoggle={RUN}>x",
    f"<input autofocus onfocus={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<marquee onstart={RUN}>x</marquee>",
    f"<style>@keyframes x{{}}</style><b style=animation-name:x onanimationstart={RUN}>x</b>",
    f"<x contenteditable onblur={RUN} id=y tabindex=1>x",
    f"<button popovertarget=y>x</button><p popover id=y onbeforetoggle={RUN}>",
]
_BREAKS: Final = [
    f"</textarea><script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</noscript><script>{RUN}</script>",
    f"</form></main></body></html><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"]]><script>{RUN}</script><![CDATA[",
    f"<!--><img src=x onerror={RUN}>-->",
    f'"><script>{RUN}</script>',
    f"'><script>{RUN}</script>",
    f'" autofocus onfocus="{RUN}" x="',
    f"' autofocus onfocus='{RUN}' x='",
    f"` autofocus onfocus={RUN} x=`",
    f" autofocus onfocus={RUN} ",
]
_MUTATIONS: Final = [
    f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}></style></mglyph></table>",
    f'<svg></p><style><a id="</style><img src=x onerror={RUN}>">',
    f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={RUN}>",
    f"<template><p shadowrootmode=open><img src=x onerror={RUN}></template>",
    f"<select><template><script>{RUN}</script></template></select>",
    f"<xmp><p title='</xmp><img src=x onerror={RUN}>'>",
    f"<listing>&lt;img src=x onerror={RUN}&gt;</listing>",
]
_LINKS: Final = [
    f"javascript:{RUN}",
    f"<a href=javascript:{RUN}>x</a>",
    f"<a href='java\tscript:{RUN}'>x</a>",
    f"<a href=&#106;avascript&colon;{RUN}>x</a>",
    f"[x](javascript:{RUN})",
    f"![x](x){{onerror={RUN}}}",
    f"<javascript:{RUN}>",
    f"data:text/html,<script>parent.{RUN}</script>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<iframe src=javascript:parent.{RUN}></iframe>",
    f"<object data=data:text/html,<script>parent.{RUN}</script>></object>",
    f"<embed src=data:image/svg+xml,<svg/onload={RUN}>>",
    f"<form action=javascript:{RUN}><button>x</button></form>",
    f"<math href=javascript:{RUN}>x</math>",
    "<base href=//127.0.0.2/>",
    f"<meta http-equiv=refresh content=0;url=javascript:{RUN}>",
    "<meta http-equiv=refresh content=0;url=//127.0.0.2/>",
    "<link rel=stylesheet href=//127.0.0.2/x.css>",
    "<link rel=import href=//127.0.0.2/x>",
    "<img src=//127.0.0.2/x?",
    "<style>@import '//127.0.0.2/x.css'; body { background: url(//127.0.0.2/x) }</style>",
    "<p style=position:fixed;inset:0;background:url(//127.0.0.2/x)>x</p>",
    "<textarea name=comment>x</textarea><input name=policy value=lenient>",
    "<p id=comment></p><p id=result></p><form id=form></form><a name=forms></a>",
]
_TEMPLATES: Final = [
    "{{7*7}}",
    "{{ config }}{{ self.__init__.__globals__ }}",
    "{% raw %}{% endraw %}{% for x in range(9) %}x{% endfor %}",
    "{# x #}${7*7}#{7*7}<%= 7*7 %>",
    "${RUN}".replace("RUN", RUN),
    f"`${{{RUN}}}`",
    "%s %(name)s {0} {value} {limit} {comment.__class__}",
    f"constructor.constructor('{RUN}')()",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    '{"__proto__": {"ran": 1}, "constructor": 1}',
]
_ESCAPES: Final = [
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&amp;lt;script&amp;gt;{RUN}&amp;lt;/script&amp;gt;",
    f"&#60;script&#62;{RUN}&#x3c;/script&#x3e;",
    f"%3Cscript%3E{RUN}%3C/script%3E",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e",
    f"\\x3cscript\\x3e{RUN}",
    f'\\"}};{RUN};//',
    f"'-{RUN}-'",
    f'"-{RUN}-"',
    f"\u2028{RUN}\u2029//",
    f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
    "a\x00b\x01\x08\x0b\x0c\x1b[31m\x7f\x85\ufffe\uffff",
    "\ud83d\ud83d\ude00\ude00\ud800<b>\udfff",
]
BIDI: Final = [
    "\u202eelbatpecca si siht",
    "\u202d\u202e\u202a\u202b never closed",
    "\u2066\u2067\u2068 never closed",
    "\u2069\u202c\u2069\u202c closed before it was opened",
    "\u061c\u200f\u200e\u05e9\u05dc\u202e, \u0639\u0627 \u2067<b>",
]
HOSTILE: Final = [
    *_SCRIPTS,
    *_HANDLERS,
    *_BREAKS,
    *_MUTATIONS,
    *_LINKS,
    *_TEMPLATES,
    *_ESCAPES,
    *BIDI,
]
MARKED: Final = [
    f"You <b>idiot</b>, you <img src=x onerror={RUN}> rude <script>{RUN}</script> idiot",
    f"idiot</mark></blockquote></textarea><script>{RUN}</script>",
    f'"idiot"><idiot onclick={RUN}>rude</idiot> & &lt;idiot&gt;',
    "<\U0001f600idiot\ud83d>\ud83d\ude00<rude>\r\n<i>hurt</i>\x00idiot",
    "idiot \u202e<b>rude\u2067 hurt",
]
"""With words that a model objects to, so that elements are made around and within them."""
