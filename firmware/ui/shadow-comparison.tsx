import type { ShadowReport } from "gateway/inference/shadow";
import { useEffect, useState } from "react";
import type { API } from "./api";

/** Milliseconds between two looks at the comparison, which goes on with each window. */
const interval = 2_000;

function useReport(api: API, name: string): ShadowReport | undefined {
	const [report, setReport] = useState<ShadowReport>();
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout>;
		let over = false;
		const look = async () => {
			// What cannot be had now is asked for again.
			const next = await api.shadow(name).catch(() => undefined);
			if (over) return;
			if (next) setReport(next);
			timer = setTimeout(look, interval);
		};
		look();
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [api, name]);
	return report;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const time = (microseconds: number) => `${Math.round(microseconds).toLocaleString()} µs`;

/** How a shadow does beside the version that serves, on the same windows. */
export function ShadowComparison(props: { api: API; name: string }) {
	const report = useReport(props.api, props.name);
	if (!report) return null;
	const { version, against, windows, agreements, rows, columns, matrix, confidence, time: times } = report;
	if (0 === windows) return <p className="comparison soft">Waiting for a window to compare {version} on.</p>;
	return (
		<section className="comparison" aria-label={`Comparison of ${props.name} ${version} with ${against}`}>
			<p>
				<b>{percent(agreements / windows)}</b> the same label: {agreements.toLocaleString()} of{" "}
				{windows.toLocaleString()} windows.
			</p>
			<div className="wide">
				<table>
					<caption className="soft">
						Rows: what {against} said. Columns: what {version} said.
					</caption>
					<thead>
						<tr>
							<td />
							{columns.map((label) => (
								<th key={label} scope="col">
									{label}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{rows.map((label, row) => (
							<tr key={label}>
								<th scope="row">{label}</th>
								{columns.map((column, i) => (
									<td key={column} className={matrix[row]![i] ? (column === label ? "same" : "other") : "none"}>
										{matrix[row]![i]}
									</td>
								))}
							</tr>
						))}
					</tbody>
				</table>
			</div>
			<div className="wide">
				<table>
					<thead>
						<tr>
							<td />
							<th scope="col">Mean confidence</th>
							<th scope="col">Mean time</th>
						</tr>
					</thead>
					<tbody>
						<tr>
							<th scope="row">{against}</th>
							<td>{percent(confidence.live)}</td>
							<td>{time(times.live)}</td>
						</tr>
						<tr>
							<th scope="row">{version}</th>
							<td>{percent(confidence.shadow)}</td>
							<td>{time(times.shadow)}</td>
						</tr>
					</tbody>
				</table>
			</div>
		</section>
	);
}
