// What is used here of istanbul's packages, which bring no types.

declare module "istanbul-lib-coverage" {
	export interface FileCoverageData {
		path: string;
		statementMap: unknown;
		fnMap: unknown;
		branchMap: unknown;
		s: Record<string, number>;
		f: Record<string, number>;
		b: Record<string, number[]>;
	}
	export interface CoverageMap {
		merge(other: CoverageMap | Record<string, FileCoverageData>): void;
		files(): string[];
		getCoverageSummary(): { statements: { covered: number; total: number; pct: number } };
	}
	const coverage: { createCoverageMap(data: Record<string, FileCoverageData>): CoverageMap };
	export default coverage;
}

declare module "istanbul-lib-instrument" {
	import type { FileCoverageData } from "istanbul-lib-coverage";
	export function createInstrumenter(options: {
		esModules: boolean;
		compact: boolean;
		coverageVariable: string;
		coverageGlobalScope: string;
		coverageGlobalScopeFunc: boolean;
		parserPlugins: string[];
	}): { instrumentSync(code: string, path: string): string; lastFileCoverage(): FileCoverageData };
}

declare module "istanbul-lib-report" {
	import type { CoverageMap } from "istanbul-lib-coverage";
	export interface Context {
		readonly dir: string;
	}
	const report: { createContext(options: { dir: string; coverageMap: CoverageMap }): Context };
	export default report;
}

declare module "istanbul-reports" {
	import type { Context } from "istanbul-lib-report";

	const reports: {
		create(name: "html" | "lcovonly" | "text", options?: object): { execute(context: Context): void };
	};
	export default reports;
}
