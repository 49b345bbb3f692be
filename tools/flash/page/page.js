// Says plainly what this browser lacks, and shows the boards that there is firmware for.
const show = (id) => {
	document.getElementById(id).hidden = false;
};

if (!window.isSecureContext) show("insecure");
else if (!("serial" in navigator)) show("unsupported");

let found = 0;
for (const app of ["gateway", "wearable"]) {
	const response = await fetch(`${app}.json`);
	if (!response.ok) continue;
	const { version } = await response.json();
	document.querySelector(`#${app} small`).textContent = version;
	show(app);
	found++;
}
if (found === 0) show("empty");
document.body.dataset.ready = "true";
