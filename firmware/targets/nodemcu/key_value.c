/*
 * The SDK's key-value store (modules/io/storage/flash/storage-flash.c), which version 8.2.3 does not compile: it calls
 * xsToUnsigned, a name that xsmc.h forbids to GCC's users. Included here with the name that was meant, and without the
 * prohibition. To be removed, with its lines in manifest.json, when the SDK's own file compiles.
 */
#include <stddef.h>
#include <stdint.h>

#include "xs.h"
#pragma push_macro("__GNUC__")
#undef __GNUC__
#include "xsmc.h"
#pragma pop_macro("__GNUC__")
#undef xsToUnsigned
#define xsToUnsigned xsmcToUnsigned

/* Below a folder that the SDK's makefile always has among its own. */
#include "../storage/flash/storage-flash.c"

/*
 * What the SDK's build is to give numbers to, which it finds by reading this file alone:
 * xsID_done xsID_mode xsID_path xsID_value
 */
