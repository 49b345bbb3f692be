/** Counts and times of one model, as the statistics extension tells them. Times go in as microseconds. */
export class Statistics {
	#success = 0;
	#failed = 0;
	#lastInference = 0;
	#successTime = 0;
	#failedTime = 0;
	#inputTime = 0;
	#inferTime = 0;
	#outputTime = 0;

	/** Requests that were answered. */
	get successes(): number {
		return this.#success;
	}

	/** Microseconds on one clock: the request's begin, input in place, computed, response built. `now`: ms since 1970. */
	success(begin: number, input: number, computed: number, end: number, now: number): void {
		this.#success++;
		this.#lastInference = now;
		this.#successTime += end - begin;
		this.#inputTime += input - begin;
		this.#inferTime += computed - input;
		this.#outputTime += end - computed;
	}

	failure(begin: number, end: number): void {
		this.#failed++;
		this.#failedTime += end - begin;
	}

	/** One element of `model_stats`. Requests do not queue and are not cached: those counts are zero. */
	format(name: string, version: string): string {
		const success = this.#success;
		const duration = (count: number, microseconds: number) => ({ count, ns: Math.round(1000 * microseconds) });
		const input = duration(success, this.#inputTime);
		const infer = duration(success, this.#inferTime);
		const output = duration(success, this.#outputTime);
		return JSON.stringify({
			name,
			version,
			last_inference: this.#lastInference,
			inference_count: success,
			execution_count: success,
			inference_stats: {
				success: duration(success, this.#successTime),
				fail: duration(this.#failed, this.#failedTime),
				queue: duration(success, 0),
				compute_input: input,
				compute_infer: infer,
				compute_output: output,
				cache_hit: duration(0, 0),
				cache_miss: duration(0, 0),
			},
			batch_stats: success
				? [{ batch_size: 1, compute_input: input, compute_infer: infer, compute_output: output }]
				: [],
		});
	}
}
