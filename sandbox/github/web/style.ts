/** The look of all pages. */
export const style = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #f6f8fa; --card: #fff; --line: #d1d9e0; --link: #0550ae; --go: #1a7f37; --fill: #1f7a37; --stop: #b3261e; --done: #6f42c1; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --soft: #9198a1; --paper: #0d1117; --card: #161b22; --line: #3d444d; --link: #79b8ff; --go: #57ab5a; --fill: #1f7a37; --stop: #ff938a; --done: #b392f0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 58rem; padding: 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; margin-bottom: 1.75rem; padding-bottom: 1rem; border-bottom: 1px solid var(--line); font-size: .9rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem .5rem; }
nav a + a::before { content: '/'; display: inline-block; margin-right: .5rem; color: var(--soft); }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; font-weight: 600; line-height: 1.25; overflow-wrap: anywhere; }
h1 .soft { font-size: inherit; font-weight: 400; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
a { color: var(--link); }
main > ul, main form > ul { display: grid; gap: .5rem; margin: 1rem 0; padding: 0; list-style: none; }
main > ul > li, main form > ul > li { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
.soft, footer { color: var(--soft); font-size: .9rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button, .button { display: inline-block; padding: .35rem .9rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); color: var(--ink); font: inherit; font-size: .95rem; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { border-color: var(--soft); }
button.go { border-color: var(--go); color: var(--go); }
button.stop { border-color: var(--stop); color: var(--stop); }
button.fill { border-color: var(--fill); background: var(--fill); color: #fff; font-weight: 600; }
button.small { padding: .1rem .55rem; border-radius: 1rem; font-size: .85rem; }
.event .button { padding: .1rem .6rem; font-size: .85rem; }
button[aria-pressed="true"] { border-color: var(--link); color: var(--link); }
button:focus-visible, a:focus-visible, select:focus-visible, textarea:focus-visible, input:focus-visible, summary:focus-visible, .scroll:focus-visible, pre:focus-visible { outline: 3px solid; outline-offset: 2px; }
form.row, .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.row.end { justify-content: flex-end; }
form.stack { display: grid; gap: .5rem; }
select, input[type="text"] { padding: .4rem; font: inherit; max-width: 100%; }
textarea { width: 100%; min-height: 6rem; padding: .6rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); color: var(--ink); font: inherit; }
.badge { display: inline-block; padding: .1rem .75rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .85rem; font-weight: 600; }
.badge.open { color: var(--go); } .badge.closed { color: var(--stop); } .badge.merged { color: var(--done); }
.badge.tag { padding: 0 .5rem; border-color: var(--line); color: var(--soft); font-size: .75rem; font-weight: 500; }
.headline { margin-bottom: 1.25rem; padding-bottom: .75rem; border-bottom: 1px solid var(--line); }
.avatar { flex: none; display: grid; place-items: center; width: 2.5rem; height: 2.5rem; border-radius: 50%; background: hsl(var(--hue) 45% 38%); color: #fff; font-weight: 600; }
.avatar.app { border-radius: .5rem; }
.said { display: flex; gap: 1rem; align-items: flex-start; }
.said > article, .said > form { flex: 1; min-width: 0; }
.timeline > * { position: relative; margin: 0 0 1rem; }
.timeline > .event { margin-left: 4.5rem; padding-left: 1.25rem; border-left: 2px solid var(--line); font-size: .92rem; color: var(--soft); }
.event strong { color: var(--ink); }
.event > p { margin: 0; }
.mark { display: inline-grid; place-items: center; width: 1.6rem; height: 1.6rem; margin-right: .35rem; border: 1px solid var(--line); border-radius: 50%; background: var(--card); color: var(--soft); font-size: .8rem; line-height: 1; }
.event > p > .mark { margin-left: -2.1rem; }
.mark.go { border-color: var(--go); color: var(--go); }
.event.closed .mark { border-color: var(--stop); color: var(--stop); } .event.merged .mark { border-color: var(--done); color: var(--done); } .event.reopened .mark, .event.deployed .mark { border-color: var(--go); color: var(--go); }
.commits { margin: .25rem 0; padding: 0; list-style: none; }
.commits li { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; overflow-wrap: anywhere; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
article:target { border-color: var(--link); }
article > .about { display: flex; flex-wrap: wrap; gap: .25rem .75rem; justify-content: space-between; align-items: center; padding: .45rem 1rem; border-bottom: 1px solid var(--line); background: color-mix(in srgb, var(--soft) 7%, transparent); color: var(--soft); font-size: .9rem; }
.about strong { color: var(--ink); } .about a { color: inherit; }
article > .text { padding: .5rem 1rem; overflow-wrap: anywhere; }
.foot { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; align-items: center; padding: .25rem 1rem .6rem; }
.change[open] { width: 100%; }
.reactions > details[open] { display: flex; flex-wrap: wrap; gap: .25rem .5rem; }
.whole { width: 100%; min-width: 0; } .whole pre { max-height: 24rem; overflow-y: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
main > ul > li, main form > ul > li { min-width: 0; }
summary { cursor: pointer; padding: .15rem 0; width: fit-content; }
.reactions > details > summary { display: inline-grid; place-items: center; width: 1.8rem; height: 1.6rem; padding: 0; border: 1px solid var(--line); border-radius: 1rem; list-style: none; font-size: .9rem; }
.reactions > details > summary::-webkit-details-marker { display: none; }
.box { margin: 1.25rem 0 1.25rem 3.5rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
.box > .part { padding: .75rem 1rem; } .box > .part + .part { border-top: 1px solid var(--line); } .box p { margin: 0; }
.box ul { margin: .5rem 0 0; padding: 0; list-style: none; }
.box .part > ul > li { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; padding: .35rem 0; overflow-wrap: anywhere; }
.part li > .text { width: 100%; }
.text > :first-child { margin-top: .25rem; } .text ul, .text ol { padding-left: 1.5rem; margin: .5rem 0; }
.text pre, pre { overflow-x: auto; padding: .75rem; background: var(--paper); border-radius: .4rem; font-size: .9rem; }
code { font-size: .88em; font-family: ui-monospace, monospace; } :not(pre) > code { padding: .1rem .3rem; background: color-mix(in srgb, var(--soft) 14%, transparent); border-radius: .3rem; }
blockquote { margin: .5rem 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--soft); }
blockquote.alert { border-left-color: var(--link); color: inherit; } blockquote.alert > .kind { font-weight: 600; color: var(--link); }
blockquote.warning { border-left-color: var(--stop); } blockquote.warning > .kind { color: var(--stop); }
blockquote.tip { border-left-color: var(--go); } blockquote.tip > .kind { color: var(--go); }
hr { border: 0; border-top: 3px solid var(--line); }
.scroll { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; overflow-wrap: normal; }
th, td { padding: .35rem .75rem; border: 1px solid var(--line); text-align: left; }
.text h3, .text h4, .text h5, .text h6 { margin: .75rem 0 .25rem; font-size: 1.05rem; } .text h3 { font-size: 1.2rem; }
footer { margin-top: 2.5rem; }
@media (max-width: 40rem) {
  body { padding: 1rem .75rem; } table { width: max-content; } th, td { padding: .3rem .45rem; } td { max-width: 12rem; }
  .timeline .avatar, .said > .avatar { display: none; }
  .timeline > .event { margin-left: 1.1rem; } .box { margin-left: 0; }
}
`;
