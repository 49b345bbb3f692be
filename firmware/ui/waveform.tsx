/** The last window of a device: acceleration above, rotation below, three axes each. */

const width = 320;
const height = 64;
const axes = ["x", "y", "z"] as const;

/** Counts to the unit shown: ±4 g and ±2000 °/s over int16. */
const panels = [
	{ name: "Acceleration", unit: "g", first: 0, perUnit: 8_192, least: 1.5, digits: 1 },
	{ name: "Rotation", unit: "°/s", first: 3, perUnit: 16.4, least: 200, digits: 0 },
] as const;

function path(window: Int16Array, channel: number, samples: number, range: number): string {
	let d = "";
	for (let i = 0; i < samples; i++) {
		const x = (i * width) / (samples - 1);
		const y = height / 2 - (window[channel * samples + i]! / range) * (height / 2 - 2);
		d += `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
	}
	return d;
}

export function Waveform(props: { window: Int16Array | undefined }) {
	const window = props.window;
	const samples = window ? window.length / 6 : 0;
	return (
		<div className="waveform">
			{panels.map((panel) => {
				let peak = panel.least * panel.perUnit;
				if (window)
					for (let i = panel.first * samples; i < (panel.first + 3) * samples; i++)
						peak = Math.max(peak, Math.abs(window[i]!));
				const text = `${panel.name}, ±${(peak / panel.perUnit).toFixed(panel.digits)} ${panel.unit}`;
				return (
					<figure key={panel.name}>
						<figcaption>{window ? text : `${panel.name}, waiting for a window`}</figcaption>
						<svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
							<line className="zero" x1="0" y1={height / 2} x2={width} y2={height / 2} />
							{window &&
								axes.map((axis, index) => (
									<path key={axis} className={`axis-${axis}`} d={path(window, panel.first + index, samples, peak)} />
								))}
						</svg>
					</figure>
				);
			})}
			<ul className="legend" aria-label="Axes">
				{axes.map((axis) => (
					<li key={axis} className={`axis-${axis}`}>
						{axis}
					</li>
				))}
			</ul>
		</div>
	);
}
