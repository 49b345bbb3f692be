/** The report's looks. Colours are variables, so that dark screens and paper change them in one place. */
export const style = `
:root{--paper:#f7f6f3;--card:#fff;--ink:#1c1f23;--soft:#667078;--rule:#dfdfdb;--one:#0b6e99;--two:#d9730d;--right:#0b7a75;--wrong:#c2412d;--x:#c2412d;--y:#2f855a;--z:#2b6cb0;--on:#fff}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1d2125;--ink:#e8e9ea;--soft:#98a2ab;--rule:#343a40;--one:#5bb8e0;--two:#f0a04b;--right:#2bb3a3;--wrong:#ef6a55;--x:#f2816f;--y:#68c795;--z:#7fb2ee;--on:#0c0e10}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}
.eyebrow{margin:0;color:var(--one);font-size:.78rem;font-weight:600;letter-spacing:.09em;text-transform:uppercase}
h1{margin:.15rem 0 .3rem;font-size:clamp(1.9rem,6vw,2.9rem);line-height:1.1;letter-spacing:-.02em;overflow-wrap:anywhere}
h1 small{color:var(--soft);font-size:.5em;font-weight:500;letter-spacing:0}
.lead{margin:0 0 1.5rem;max-width:44rem;color:var(--soft);font-size:1.08rem}
h2{margin:0 0 .8rem;font-size:1.2rem;letter-spacing:-.01em}
section{margin:1.2rem 0;padding:1.3rem 1.3rem 1.1rem;background:var(--card);border:1px solid var(--rule);border-radius:14px}
p{margin:.5rem 0}
section>:last-child{margin-bottom:0}
.note{color:var(--soft);font-size:.875rem}
.tiles{display:grid;grid-template-columns:1.5fr 1fr 1fr;gap:.7rem}
.tile{display:flex;flex-direction:column;padding:.9rem 1rem;background:var(--card);border:1px solid var(--rule);border-radius:14px}
.tile span{color:var(--soft);font-size:.85rem}
.tile b{font-size:1.7rem;line-height:1.25;letter-spacing:-.02em}
.tile i{color:var(--soft);font-size:.82rem;font-style:normal}
.hero{grid-row:span 2;justify-content:center;padding:1.2rem 1.4rem}
.hero b{color:var(--one);font-size:clamp(2.6rem,9vw,3.8rem);line-height:1.1;white-space:nowrap}
.hero .bar{width:100%;max-width:20rem;height:auto;margin:.3rem 0 .3rem -.3rem}
.scroll{overflow-x:auto;margin:0 -.3rem;padding:0 .3rem}
table{border-collapse:collapse;font-size:.92rem}
.figures{width:100%}
.figures th,.figures td{padding:.34rem .55rem;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
.figures th:first-child{padding-left:0;text-align:left}
.figures thead th{color:var(--soft);font-size:.82rem;font-weight:500}
.figures tbody th{font-weight:600}
.figures tfoot th,.figures tfoot td{color:var(--soft);font-weight:500}
.figures tfoot tr:last-child>*{border-bottom:0}
.figures .wide{text-align:left}
.figures .wide small{margin-left:.4rem;color:var(--soft)}
.bar{display:inline-block;width:7.5rem;height:1rem;vertical-align:middle}
.track{stroke:var(--rule);stroke-width:3;stroke-linecap:round}
.span{stroke:var(--one);stroke-width:5;stroke-linecap:round;opacity:.35}
.confusion{margin:0 auto;border-collapse:separate;border-spacing:2px}
.confusion td{min-width:2.1rem;height:2.1rem;padding:0 .25rem;text-align:center;border-radius:5px;font-size:.86rem;background:color-mix(in srgb,var(--hue) var(--d),color-mix(in srgb,var(--rule) 35%,transparent))}
.confusion .right{--hue:var(--right)}
.confusion .wrong{--hue:var(--wrong)}
.confusion .strong{color:var(--on);font-weight:600}
.confusion .corner{background:none;color:var(--soft);vertical-align:bottom;text-align:right;white-space:nowrap}
.confusion th{font-size:.86rem;font-weight:500;white-space:nowrap}
.confusion tbody th{padding-right:.45rem;text-align:right;position:sticky;left:0;background:var(--card)}
.confusion thead th{height:1px;vertical-align:bottom}
.confusion thead th span{display:inline-block;max-height:9rem;writing-mode:vertical-rl;transform:rotate(180deg)}
.confusion.short thead th span{writing-mode:initial;transform:none}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1rem 1.6rem;align-items:center}
figure{margin:0}
figure>svg{display:block;width:100%;height:auto}
figcaption{color:var(--soft);font-size:.84rem}
dl{display:grid;grid-template-columns:1fr auto;gap:.3rem 1rem;margin:.7rem 0}
dt{color:var(--soft)}
dd{margin:0;font-weight:600;text-align:right}
.facts{grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.8rem 1.2rem}
.facts dt{font-size:.84rem}
.facts dd{font-size:1.15rem;text-align:left}
svg text{fill:var(--soft);font-size:11px;font-family:inherit}
svg .name{font-size:12px}
.grid{stroke:var(--rule);stroke-width:1}
.axis{stroke:var(--soft);stroke-width:1}
.ideal{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:4 4}
.gap{stroke:var(--wrong);stroke-width:3;opacity:.35}
.line{stroke-width:2;stroke-linejoin:round}
.line.one{stroke:var(--one)}
.line.two{stroke:var(--two)}
svg .legend{font-size:12px;font-weight:600}
svg .legend.one{fill:var(--one)}
svg .legend.two{fill:var(--two)}
.dot{stroke:var(--card);stroke-width:1.2}
.dot.one{fill:var(--one)}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:.8rem;margin-top:.8rem}
.mistake{padding:.6rem .7rem;border:1px solid var(--rule);border-radius:10px}
.mistake figcaption{margin-top:.35rem;color:var(--ink);font-size:.86rem;line-height:1.35;overflow-wrap:anywhere}
.mistake small{display:block;color:var(--soft)}
.bad{color:var(--wrong)}
.thumbnail{max-height:9rem}
.wave{stroke-width:1.15;stroke-linejoin:round}
.wave.x{stroke:var(--x)}
.wave.y{stroke:var(--y)}
.wave.z{stroke:var(--z)}
.paper{fill:var(--rule);opacity:.5}
.ink{fill:var(--ink)}
.key{font-weight:700}
.key.x{color:var(--x)}
.key.y{color:var(--y)}
.key.z{color:var(--z)}
ul{margin:.3rem 0;padding-left:1.2rem}
li{margin:.25rem 0}
code{padding:.1rem .4rem;border-radius:5px;background:color-mix(in srgb,var(--rule) 55%,transparent);font-size:.88em;overflow-wrap:anywhere}
@media (max-width:30rem){main{padding:1.2rem .7rem 3rem}section{padding:1rem .9rem}.tiles{grid-template-columns:1fr 1fr}.hero{grid-column:1/-1}.mistakes{grid-template-columns:1fr 1fr}.confusion td{min-width:1.75rem;height:1.75rem;font-size:.78rem}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#555;--rule:#ccc;--one:#0b6e99;--two:#d9730d;--right:#0b7a75;--wrong:#c2412d;--x:#c2412d;--y:#2f855a;--z:#2b6cb0;--on:#fff}body{font-size:11pt}main{max-width:none;padding:0}section{padding:.6rem 0;border:0;border-top:1px solid var(--rule);border-radius:0}.tile,.mistake,.columns,tr{break-inside:avoid}h2{break-after:avoid}.scroll{overflow:visible}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
