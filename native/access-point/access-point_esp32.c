/* The soft access point's address (ESP-IDF Programming Guide, "ESP-NETIF"). */
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"
#include "mc.xs.h"

#include "esp_netif.h"

void xs_access_point_address(xsMachine *the) {
	esp_netif_t *interface = esp_netif_get_handle_from_ifkey("WIFI_AP_DEF");
	esp_netif_ip_info_t info = {0};
	if (!interface || esp_netif_str_to_ip4(xsmcToString(xsArg(0)), &info.ip) != ESP_OK) {
		xsUnknownError("no access point, or no address");
	}
	info.gw = info.ip;
	info.netmask.addr = ESP_IP4TOADDR(255, 255, 255, 0);
	esp_err_t stopped = esp_netif_dhcps_stop(interface);
	if ((stopped != ESP_OK && stopped != ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED) ||
	    esp_netif_set_ip_info(interface, &info) != ESP_OK || esp_netif_dhcps_start(interface) != ESP_OK) {
		xsUnknownError("address not taken");
	}
}
