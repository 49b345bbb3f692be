#pragma once
#include <stdint.h>

#include "esp_err.h"

typedef struct esp_netif_obj esp_netif_t;

typedef struct {
	uint32_t addr;
} esp_ip4_addr_t;

typedef struct {
	esp_ip4_addr_t ip;
	esp_ip4_addr_t netmask;
	esp_ip4_addr_t gw;
} esp_netif_ip_info_t;

#define ESP_IP4TOADDR(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED 0x5007

esp_netif_t *esp_netif_get_handle_from_ifkey(const char *key);
esp_err_t esp_netif_str_to_ip4(const char *text, esp_ip4_addr_t *address);
esp_err_t esp_netif_set_ip_info(esp_netif_t *interface, const esp_netif_ip_info_t *info);
esp_err_t esp_netif_dhcps_start(esp_netif_t *interface);
esp_err_t esp_netif_dhcps_stop(esp_netif_t *interface);
