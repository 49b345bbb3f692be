/*
 * Key-value storage of one machine, as NVS keeps it on the ESP32: typed entries in domains, keys of at most
 * 15 characters, a fixed size. The file holds all of it; every change writes a new file and renames it over the
 * old one, so that a process that is killed leaves one or the other.
 *
 * File: magic, then for each entry: type, length of domain, of key (1 byte each), of value (4 bytes), the bytes.
 */
#include "host.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MAGIC "TMKV\x01\0\0\0"
#define MAGIC_LENGTH 8
#define NAME_LIMIT 15
#define DEFAULT_SIZE 0x6000
#define PAGE 4096
#define CELL 32 /* NVS stores an entry in cells of so many bytes */

typedef struct {
	char domain[NAME_LIMIT + 1];
	char key[NAME_LIMIT + 1];
	SimStoreType type;
	uint32_t length;
	uint8_t *bytes;
} Entry;

struct SimStore {
	Entry *entries;
	size_t count;
	size_t capacity;
};

static size_t cells(SimStoreType type, size_t length) {
	bool number = type != SIM_STORE_BUFFER && type != SIM_STORE_STRING;
	return number ? 1 : 1 + (length + CELL - 1) / CELL;
}

static void path(SimMachine *machine, const char *suffix, char *buffer, size_t size) {
	snprintf(buffer, size, "%s/key-value.bin%s", machine->directory, suffix);
}

static Entry *append(SimStore *store) {
	if (store->count == store->capacity) {
		store->capacity = store->capacity ? store->capacity * 2 : 16;
		store->entries = realloc(store->entries, store->capacity * sizeof(Entry));
		if (!store->entries)
			abort();
	}
	Entry *entry = &store->entries[store->count++];
	memset(entry, 0, sizeof(*entry));
	return entry;
}

static bool load(SimStore *store, const uint8_t *bytes, size_t length) {
	if (length < MAGIC_LENGTH || memcmp(bytes, MAGIC, MAGIC_LENGTH))
		return false;
	size_t offset = MAGIC_LENGTH;
	while (offset < length) {
		if (length - offset < 7)
			return false;
		uint8_t type = bytes[offset], domain = bytes[offset + 1], key = bytes[offset + 2];
		uint32_t size;
		memcpy(&size, bytes + offset + 3, 4);
		offset += 7;
		if (domain > NAME_LIMIT || key > NAME_LIMIT || length - offset < (size_t)domain + key + size)
			return false;
		Entry *entry = append(store);
		entry->type = type;
		memcpy(entry->domain, bytes + offset, domain);
		memcpy(entry->key, bytes + offset + domain, key);
		entry->length = size;
		entry->bytes = malloc(size + 1);
		if (!entry->bytes)
			abort();
		memcpy(entry->bytes, bytes + offset + domain + key, size);
		entry->bytes[size] = 0;
		offset += (size_t)domain + key + size;
	}
	return true;
}

/* False: the machine's file is there and is not one of these. */
bool simStoreOpen(SimMachine *machine) {
	char name[C_PATH_MAX];
	void *bytes;
	size_t length;
	if (machine->store)
		return true;
	machine->store = calloc(1, sizeof(SimStore));
	if (!machine->store)
		abort();
	path(machine, "", name, sizeof(name));
	if (!simReadFile(name, &bytes, &length))
		return errno == ENOENT;
	bool done = load(machine->store, bytes, length);
	free(bytes);
	return done;
}

void simStoreClose(SimMachine *machine) {
	SimStore *store = machine->store;
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++)
		free(store->entries[i].bytes);
	free(store->entries);
	free(store);
	machine->store = NULL;
}

static bool save(SimMachine *machine) {
	char name[C_PATH_MAX], temporary[C_PATH_MAX];
	SimStore *store = machine->store;
	path(machine, "", name, sizeof(name));
	path(machine, ".new", temporary, sizeof(temporary));
	FILE *file = fopen(temporary, "wb");
	if (!file)
		return false;
	bool done = fwrite(MAGIC, MAGIC_LENGTH, 1, file) == 1;
	for (size_t i = 0; i < store->count && done; i++) {
		Entry *entry = &store->entries[i];
		uint8_t head[7] = {(uint8_t)entry->type, (uint8_t)strlen(entry->domain), (uint8_t)strlen(entry->key)};
		memcpy(head + 3, &entry->length, 4);
		done = fwrite(head, 7, 1, file) == 1 && fwrite(entry->domain, 1, head[1], file) == head[1] &&
		       fwrite(entry->key, 1, head[2], file) == head[2] &&
		       fwrite(entry->bytes, 1, entry->length, file) == entry->length;
	}
	if (fclose(file))
		done = false;
	return done && rename(temporary, name) == 0;
}

static Entry *find(SimMachine *machine, const char *domain, const char *key) {
	if (!machine->store && !simStoreOpen(machine))
		return NULL;
	SimStore *store = machine->store;
	for (size_t i = 0; i < store->count; i++) {
		if (!strcmp(store->entries[i].domain, domain) && !strcmp(store->entries[i].key, key))
			return &store->entries[i];
	}
	return NULL;
}

bool simStoreRead(SimMachine *machine, const char *domain, const char *key, SimStoreValue *value) {
	Entry *entry = find(machine, domain, key);
	if (!entry)
		return false;
	value->type = entry->type;
	value->bytes = entry->bytes;
	value->length = entry->length;
	return true;
}

SimStoreResult simStorePut(SimMachine *machine, const char *domain, const char *key, const SimStoreValue *value) {
	size_t keyLength = strlen(key), domainLength = strlen(domain);
	if (!keyLength || keyLength > NAME_LIMIT || !domainLength || domainLength > NAME_LIMIT)
		return SIM_STORE_KEY;
	Entry *entry = find(machine, domain, key);
	SimStore *store = machine->store;
	if (entry && entry->type == value->type && entry->length == value->length &&
	    !memcmp(entry->bytes, value->bytes, value->length))
		return SIM_STORE_OK;
	/* One page stays free for NVS's own garbage collection. */
	SimFlash *nvs = simBoardFlash(machine->board, "nvs");
	size_t size = nvs ? simFlashSize(nvs) : 0;
	size_t used = cells(value->type, value->length);
	for (size_t i = 0; i < store->count; i++) {
		if (&store->entries[i] != entry)
			used += cells(store->entries[i].type, store->entries[i].length);
	}
	if (used * CELL > (size ? size : DEFAULT_SIZE) - PAGE)
		return SIM_STORE_FULL;
	uint8_t *bytes = malloc(value->length + 1);
	if (!bytes)
		abort();
	memcpy(bytes, value->bytes, value->length);
	bytes[value->length] = 0;
	Entry old = {0};
	bool added = !entry;
	if (added) {
		entry = append(store);
		memcpy(entry->domain, domain, domainLength);
		memcpy(entry->key, key, keyLength);
	}
	else
		old = *entry;
	entry->type = value->type;
	entry->length = (uint32_t)value->length;
	entry->bytes = bytes;
	if (save(machine)) {
		free(old.bytes);
		return SIM_STORE_OK;
	}
	free(bytes);
	if (added)
		store->count--;
	else
		*entry = old;
	return SIM_STORE_FILE;
}

/* A cut leaves what NVS leaves: the old or the new entry. What is torn is the old one. */
SimStoreResult simStoreWrite(SimMachine *machine, const char *domain, const char *key, const SimStoreValue *value) {
	SimCut cut = simBoardOperation(machine->board);
	SimStoreResult result = SIM_STORE_OK;
	if (cut == SIM_CUT_NONE || cut == SIM_CUT_AFTER)
		result = simStorePut(machine, domain, key, value);
	simBoardOperated(machine->board, cut);
	return result;
}

static SimStoreResult deleteEntry(SimMachine *machine, const char *domain, const char *key) {
	Entry *entry = find(machine, domain, key);
	SimStore *store = machine->store;
	if (!entry)
		return SIM_STORE_OK;
	free(entry->bytes);
	memmove(entry, entry + 1, (size_t)(store->entries + store->count - entry - 1) * sizeof(Entry));
	store->count--;
	return save(machine) ? SIM_STORE_OK : SIM_STORE_FILE;
}

SimStoreResult simStoreDelete(SimMachine *machine, const char *domain, const char *key) {
	SimCut cut = simBoardOperation(machine->board);
	SimStoreResult result = SIM_STORE_OK;
	if (cut == SIM_CUT_NONE || cut == SIM_CUT_AFTER)
		result = deleteEntry(machine, domain, key);
	simBoardOperated(machine->board, cut);
	return result;
}

const char *simStoreKey(SimMachine *machine, const char *domain, size_t index) {
	if (!machine->store && !simStoreOpen(machine))
		return NULL;
	for (size_t i = 0; i < machine->store->count; i++) {
		if (!strcmp(machine->store->entries[i].domain, domain) && !index--)
			return machine->store->entries[i].key;
	}
	return NULL;
}
