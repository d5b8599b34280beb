import { html, Html } from './html';

/** A complete page. It loads nothing from other servers. With `refreshSeconds`, browsers load it again and again. */
export function layout(title: string, content: Html, refreshSeconds?: number): string {
	const page = html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				${refreshSeconds === undefined ? '' : html`<meta http-equiv="refresh" content="${refreshSeconds}" />`}
				<title>${title} · LLM Generator sandbox</title>
				<link rel="icon" href="data:," />
				<style>
					${new Html(STYLE)}
				</style>
			</head>
			<body>
				<header><a href="/">LLM Generator</a> <span class="badge">Sandbox</span></header>
				<main>${content}</main>
			</body>
		</html>`;
	return page.toString();
}

const STYLE = `
:root {
	color-scheme: light dark;
	--paper: #f6f7f9; --card: #fff; --ink: #1d2430; --quiet: #5d6778; --line: #e3e6eb;
	--accent: #3454d1; --on-accent: #fff; --in: #1a7a4c; --note: #fff6dd; --note-ink: #5c4700; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
	:root {
		--paper: #12151b; --card: #1b2029; --ink: #e7eaf0; --quiet: #98a2b3; --line: #2c3340;
		--accent: #93a8ff; --on-accent: #11162a; --in: #6fcf9b; --note: #3a3114; --note-ink: #f4e3a8; --bad: #ff9d94;
	}
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 53rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; padding-bottom: 1.25rem; font-weight: 600; }
header a { color: inherit; text-decoration: none; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; padding-bottom: 3rem; }
body:has(.narrow) > * { max-width: 32rem; }
a { color: var(--accent); }
h1, h2, p, dl, dd { margin: 0; }
h1 { font-size: 1.25rem; }
h2 { font-size: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; }
.stack { display: grid; gap: 1rem; }
.row { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; justify-content: space-between; }
.start { justify-content: flex-start; }
.big { font-size: 3rem; line-height: 1.1; font-weight: 650; letter-spacing: -0.02em; }
.big small { font-size: 1.125rem; font-weight: 500; letter-spacing: 0; color: var(--quiet); }
.quiet { color: var(--quiet); }
.small { font-size: 0.875rem; }
.badge { font-size: 0.75rem; font-weight: 600; color: var(--note-ink); background: var(--note);
	padding: 0.15rem 0.5rem; border-radius: 999px; margin-left: 0.35rem; }
.note { background: var(--note); color: var(--note-ink); border-radius: 10px; padding: 0.75rem 1rem; }
button { font: inherit; font-weight: 600; padding: 0.6rem 1.1rem; border-radius: 8px; cursor: pointer;
	border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); }
button.second { background: none; color: var(--ink); border-color: var(--line); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 1rem; }
dt { color: var(--quiet); }
dd { overflow-wrap: anywhere; }
code { font: 0.9em ui-monospace, monospace; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; }
th { font-size: 0.8125rem; font-weight: 500; color: var(--quiet); text-align: left; }
th, td { padding: 0.5rem 0.75rem 0.5rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
tr:last-child td { border-bottom: 0; }
td time { white-space: nowrap; color: var(--quiet); }
.amount { padding-right: 0; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td { overflow-wrap: anywhere; }
@media (max-width: 34rem) { td time { white-space: normal; } section { padding: 1.125rem; } }
.in { color: var(--in); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.wide { width: 45%; }
.files { display: flex; flex-wrap: wrap; gap: 0 0.75rem; }
.bar { height: 0.5rem; margin: 0.25rem 0; border-radius: 999px; background: var(--line); overflow: hidden; }
.bar i { display: block; height: 100%; min-width: 0.5rem; border-radius: 999px; background: var(--accent); }
@keyframes fill { to { width: var(--to); } }
.nowrap { white-space: nowrap; }
@media (max-width: 34rem) { .roomy { display: none; } .wide { width: 40%; } }
`;
