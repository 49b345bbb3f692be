#include "natives.h"

static const struct {
	int64_t low;
	int64_t high;
} ranges[] = {
    [SIM_STORE_UINT8] = {0, UINT8_MAX},
    [SIM_STORE_INT8] = {INT8_MIN, INT8_MAX},
    [SIM_STORE_UINT16] = {0, UINT16_MAX},
    [SIM_STORE_INT16] = {INT16_MIN, INT16_MAX},
    [SIM_STORE_UINT32] = {0, UINT32_MAX},
    [SIM_STORE_INT32] = {INT32_MIN, INT32_MAX},
};

#define NAME_SIZE 64

/* arguments: domain, key, format */
void xs_keyvalue_read(xsMachine *the) {
	char domain[NAME_SIZE], key[NAME_SIZE];
	SimStoreValue value;
	xsmcToStringBuffer(xsArg(0), domain, sizeof(domain));
	xsmcToStringBuffer(xsArg(1), key, sizeof(key));
	SimStoreType format = (SimStoreType)xsmcToInteger(xsArg(2));
	if (!simStoreRead(simMachine(the), domain, key, &value))
		return;
	if (format == SIM_STORE_BUFFER || format == SIM_STORE_STRING) {
		if (value.type != format)
			xsTypeError("%s/%s is of another type", domain, key);
		if (format == SIM_STORE_BUFFER)
			xsmcSetArrayBuffer(xsResult, (void *)value.bytes, (xsIntegerValue)value.length);
		else
			xsmcSetStringBuffer(xsResult, (char *)value.bytes, (xsIntegerValue)value.length);
	}
	else if (value.type == format || value.type == SIM_STORE_NUMBER) {
		int64_t number;
		memcpy(&number, value.bytes, sizeof(number));
		if (number >= ranges[format].low && number <= ranges[format].high)
			xsmcSetNumber(xsResult, (double)number);
	}
}

static void check(xsMachine *the, SimStoreResult result) {
	switch (result) {
		case SIM_STORE_OK: break;
		case SIM_STORE_KEY: xsRangeError("a key has 1 to 15 characters"); break;
		case SIM_STORE_FULL: xsUnknownError("storage full"); break;
		case SIM_STORE_FILE: xsUnknownError("storage cannot be written"); break;
	}
}

/* arguments: domain, key, format, value */
void xs_keyvalue_write(xsMachine *the) {
	char domain[NAME_SIZE], key[NAME_SIZE];
	SimStoreValue value = {.type = (SimStoreType)xsmcToInteger(xsArg(2))};
	int64_t number;
	xsmcToStringBuffer(xsArg(0), domain, sizeof(domain));
	xsmcToStringBuffer(xsArg(1), key, sizeof(key));
	if (value.type == SIM_STORE_BUFFER) {
		void *bytes;
		xsUnsignedValue length;
		xsmcGetBufferReadable(xsArg(3), &bytes, &length);
		value.bytes = bytes;
		value.length = length;
	}
	else if (value.type == SIM_STORE_STRING) {
		value.bytes = xsmcToString(xsArg(3));
		value.length = strlen(value.bytes);
	}
	else {
		double given = xsmcToNumber(xsArg(3));
		if (!(given >= (double)ranges[value.type].low && given <= (double)ranges[value.type].high))
			xsRangeError("%s/%s: out of range", domain, key);
		number = (int64_t)given;
		value.bytes = &number;
		value.length = sizeof(number);
	}
	check(the, simStoreWrite(simMachine(the), domain, key, &value));
}

void xs_keyvalue_delete(xsMachine *the) {
	char domain[NAME_SIZE], key[NAME_SIZE];
	xsmcToStringBuffer(xsArg(0), domain, sizeof(domain));
	xsmcToStringBuffer(xsArg(1), key, sizeof(key));
	check(the, simStoreDelete(simMachine(the), domain, key));
}

void xs_keyvalue_key(xsMachine *the) {
	char domain[NAME_SIZE];
	xsmcToStringBuffer(xsArg(0), domain, sizeof(domain));
	const char *key = simStoreKey(simMachine(the), domain, (size_t)xsmcToInteger(xsArg(1)));
	if (key)
		xsmcSetString(xsResult, (char *)key);
}
