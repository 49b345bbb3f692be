/**
 * Why a WiFi station's link ended. The SDK's module `wifi` tells of a disconnection and keeps most of its reason to
 * itself.
 */

export default Object.freeze({
	/**
	 * Why the latest disconnection was: 0 for a link that was lost, or an unknown reason, 1 for a wrong or missing
	 * password, 2 for no such network in reach, 3 when this side left. To be called once before the first use of `wifi`,
	 * and then as `wifi` tells of a disconnection.
	 */
	failure(): 0 | 1 | 2 | 3 {
		return native("xs_station_failure").call(this);
	},
});
