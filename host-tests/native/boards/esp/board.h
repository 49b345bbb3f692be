/* Included ahead of all: what the SDK's makefile defines for this chip, for the sources and not for XS's headers. */
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

#define __ets__ 1
