/** The look of all pages. */
export const style = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #f6f8fa; --card: #fff; --line: #d1d9e0; --go: #1f7a37; --stop: #b3261e; --done: #6f42c1; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --soft: #9198a1; --paper: #0d1117; --card: #161b22; --line: #3d444d; --go: #57ab5a; --stop: #ff938a; --done: #b392f0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; margin-bottom: 1.75rem; padding-bottom: 1rem; border-bottom: 1px solid var(--line); font-size: .9rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem .5rem; }
nav a + a::before { content: '/'; display: inline-block; margin-right: .5rem; color: var(--soft); }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
a { color: inherit; }
main > ul, main form > ul { display: grid; gap: .5rem; margin: 1rem 0; padding: 0; list-style: none; }
main > ul > li, main form > ul > li { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
.soft, footer { color: var(--soft); font-size: .9rem; }
button { padding: .4rem .9rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); color: var(--ink); font: inherit; cursor: pointer; }
button.go { border-color: var(--go); color: var(--go); }
button.stop { border-color: var(--stop); color: var(--stop); }
button.small { padding: .1rem .55rem; font-size: .85rem; }
button[aria-pressed="true"] { border-color: var(--done); }
button:focus-visible, a:focus-visible, select:focus-visible, textarea:focus-visible, input:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid; outline-offset: 2px; }
form.row, .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
form.stack { display: grid; gap: .5rem; }
select, input[type="text"] { padding: .4rem; font: inherit; max-width: 100%; }
textarea { width: 100%; min-height: 6rem; padding: .6rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); color: var(--ink); font: inherit; }
.badge { display: inline-block; padding: .1rem .7rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .85rem; font-weight: 600; }
.badge.open { color: var(--go); } .badge.closed { color: var(--stop); } .badge.merged { color: var(--done); }
article { margin: 1rem 0; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
article > .about { display: flex; flex-wrap: wrap; gap: .25rem .75rem; justify-content: space-between; padding: .5rem 1rem; border-bottom: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
article > .about strong { color: var(--ink); }
article > .text { padding: .5rem 1rem; overflow-wrap: anywhere; }
article > .row, article > details { padding: .25rem 1rem .75rem; }
summary { cursor: pointer; padding: .15rem 0; }
main > details { margin-top: 1rem; }
.text pre, pre { overflow-x: auto; padding: .75rem; background: var(--paper); border-radius: .4rem; }
code { font-size: .9em; } :not(pre) > code { padding: .1rem .3rem; background: var(--paper); border-radius: .3rem; }
blockquote { margin: .5rem 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; overflow-wrap: normal; }
th, td { padding: .35rem .75rem; border: 1px solid var(--line); text-align: left; }
.text h3, .text h4, .text h5, .text h6 { margin: .75rem 0 .25rem; font-size: 1.05rem; }
footer { margin-top: 2.5rem; }
@media (max-width: 30rem) { body { padding: 1rem .75rem; } th, td { padding: .3rem .45rem; } }
`;
