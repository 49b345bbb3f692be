/* An app: its modules' byte code, kept out of the machines' heaps as flash keeps it, and the root machine they share.
 */
#include "host.h"

#include <sys/stat.h>

/* Bounds one token of a module, so also the text of a source map. */
#define PARSER_BUFFER (4 * 1024 * 1024)
#define PARSER_TABLE 1993

bool simReadFile(const char *path, void **bytes, size_t *length) {
	struct stat status;
	FILE *file = fopen(path, "rb");
	if (!file)
		return false;
	bool done = false;
	if (!fstat(fileno(file), &status) && S_ISREG(status.st_mode)) {
		*length = (size_t)status.st_size;
		/* A multiple of 16 and aligned to it: a model is read in place. */
		*bytes = aligned_alloc(16, (*length + 16) & ~(size_t)15);
		if (*bytes && fread(*bytes, 1, *length, file) == *length) {
			((char *)*bytes)[*length] = 0;
			done = true;
		}
		else
			free(*bytes);
	}
	fclose(file);
	return done;
}

SimApp *simAppCreate(char *key, char *manifest, char *config) {
	SimApp *app = calloc(1, sizeof(*app));
	if (!app)
		abort();
	app->key = key;
	app->manifest = manifest;
	app->config = config;
	return app;
}

SimModule *simAppAddModule(SimApp *app, const char *specifier, const char *path) {
	app->modules = realloc(app->modules, (size_t)(app->moduleCount + 1) * sizeof(*app->modules));
	if (!app->modules)
		abort();
	SimModule *module = &app->modules[app->moduleCount++];
	memset(module, 0, sizeof(*module));
	module->specifier = strdup(specifier);
	module->path = path ? strdup(path) : NULL;
	return module;
}

SimModule *simAppModule(SimApp *app, const char *specifier) {
	for (int i = 0; i < app->moduleCount; i++) {
		if (!strcmp(app->modules[i].specifier, specifier))
			return &app->modules[i];
	}
	return NULL;
}

/* "./x" and "../x" beside the importing specifier; an ending .js, .mjs or .ts is dropped as the SDK does. */
static void resolveSpecifier(txMachine *the, txID importer, const char *name, char *result, size_t size) {
	char base[512] = "";
	if (name[0] == '.' && (name[1] == '/' || (name[1] == '.' && name[2] == '/')) && importer != XS_NO_ID) {
		snprintf(base, sizeof(base), "%s", fxGetKeyName(the, importer));
		char *slash = strrchr(base, '/');
		*(slash ? slash : base) = 0;
		for (;;) {
			if (name[0] == '.' && name[1] == '/')
				name += 2;
			else if (name[0] == '.' && name[1] == '.' && name[2] == '/') {
				name += 3;
				slash = strrchr(base, '/');
				*(slash ? slash : base) = 0;
			}
			else
				break;
		}
	}
	snprintf(result, size, "%s%s%s", base, base[0] ? "/" : "", name);
	char *dot = strrchr(result, '.');
	if (dot && !strchr(dot, '/') && (!strcmp(dot, ".js") || !strcmp(dot, ".mjs") || !strcmp(dot, ".ts")))
		*dot = 0;
}

txID fxFindModule(txMachine *the, txSlot *realm, txID moduleID, txSlot *slot) {
	char name[512];
	char specifier[1024];
	SimApp *app = the->machine->app;
	fxToStringBuffer(the, slot, name, sizeof(name));
	resolveSpecifier(the, moduleID, name, specifier, sizeof(specifier));
	if (!simAppModule(app, specifier)) {
		if (moduleID == XS_NO_ID)
			mxReferenceError("module \"%s\" is not in %s or what it includes", specifier, app->manifest);
		mxReferenceError("module \"%s\", imported by \"%s\", is not in %s or what it includes", specifier,
		    fxGetKeyName(the, moduleID), app->manifest);
	}
	return fxNewNameC(the, specifier);
}

static SimModule *hostsModule;

/* Gives the functions that the `@ "name"` syntax binds in the module that is being loaded. */
static void buildHosts(txMachine *the) {
	SimModule *module = hostsModule;
	mxPush(mxArrayPrototype);
	fxNewArrayInstance(the);
	fxArrayCacheBegin(the, the->stack);
	for (int i = 0; i < module->hostCount; i++) {
		SimHostEntry *entry = &module->hosts[i];
		if (entry->parameters < 0)
			fxNewHostObject(the, (txDestructor)entry->address);
		else
			fxNewHostFunction(the, (txCallback)entry->address, entry->parameters, entry->name, XS_NO_ID);
		fxArrayCacheItem(the, the->stack + 1, the->stack);
		mxPop();
	}
	fxArrayCacheEnd(the, the->stack);
	mxPullSlot(mxResult);
}

void fxLoadModule(txMachine *the, txSlot *module, txID moduleID) {
	SimModule *found = simAppModule(the->machine->app, fxGetKeyName(the, moduleID));
	if (!found || !found->script)
		return;
	hostsModule = found;
	fxResolveModule(the, module, moduleID, found->script, NULL, NULL);
}

typedef struct {
	const char *text;
	size_t offset;
	size_t length;
} Source;

static int sourceCharacter(void *stream) {
	Source *source = stream;
	return source->offset < source->length ? (unsigned char)source->text[source->offset++] : C_EOF;
}

static char parserMessage[1024];

static void parserError(void *console, txString path, txInteger line, txString format, c_va_list arguments) {
	if (parserMessage[0])
		return;
	int length = snprintf(parserMessage, sizeof(parserMessage), "SyntaxError: %s:%d: ", path ? path : "?", (int)line);
	vsnprintf(parserMessage + length, sizeof(parserMessage) - (size_t)length, format, arguments);
}

static txScript *parse(txMachine *the, SimModule *module, Source *source) {
	txParser parser;
	txParserJump jump;
	txString name = NULL;
	txScript *volatile script = NULL;
	char path[C_PATH_MAX];
	void *volatile map = NULL;
#ifdef mxDebug
	txUnsigned flags = mxCFlag | mxDebugFlag;
#else
	txUnsigned flags = mxCFlag;
#endif
	parserMessage[0] = 0;
	fxInitializeParser(&parser, the, PARSER_BUFFER, PARSER_TABLE);
	parser.reportError = parserError;
	parser.firstJump = &jump;
	if (c_setjmp(jump.jmp_buf) == 0) {
		parser.path = fxNewParserSymbol(&parser, module->path ? module->path : module->specifier);
		fxParserTree(&parser, source, sourceCharacter, flags, &name);
		if (name && module->path && !parser.errorCount) {
			txString mapPath = fxCombinePath(&parser, module->path, name);
			void *bytes;
			size_t length;
			if (simReadFile(mapPath, &bytes, &length)) {
				map = bytes;
				Source mapSource = {bytes, 0, length};
				name = NULL;
				fxParserSourceMap(&parser, &mapSource, sourceCharacter, flags, &name);
				if (!parser.errorCount && name && realpath(fxCombinePath(&parser, mapPath, name), path))
					parser.path = fxNewParserSymbol(&parser, path);
			}
		}
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	if (!script && !parserMessage[0])
		snprintf(parserMessage, sizeof(parserMessage), "SyntaxError: %s: cannot be compiled", module->specifier);
	fxTerminateParser(&parser);
	free(map);
	if (parserMessage[0] && script) {
		fxDeleteScript(script);
		script = NULL;
	}
	return script;
}

/* Identifiers become the root's, and functions and strings are used where they lie, as the SDK's linker arranges. */
static void linkCode(txScript *script, const txID *ids) {
	txByte *p = script->codeBuffer;
	txByte *limit = p + script->codeSize;
	while (p < limit) {
		txU1 *code = (txU1 *)p;
		txS1 size = gxCodeSizes[*code];
		switch (*code) {
			case XS_CODE_CODE_1: *code = XS_CODE_CODE_ARCHIVE_1; break;
			case XS_CODE_CODE_2: *code = XS_CODE_CODE_ARCHIVE_2; break;
			case XS_CODE_CODE_4: *code = XS_CODE_CODE_ARCHIVE_4; break;
			case XS_CODE_STRING_1: *code = XS_CODE_STRING_ARCHIVE_1; break;
			case XS_CODE_STRING_2: *code = XS_CODE_STRING_ARCHIVE_2; break;
			case XS_CODE_STRING_4: *code = XS_CODE_STRING_ARCHIVE_4; break;
			default: break;
		}
		p++;
		if (size > 0)
			p += size - 1;
		else if (size == 0) {
			txID id;
			mxDecodeID(p, id);
			if (id != XS_NO_ID) {
				p -= sizeof(txID);
				id = ids[id];
				mxEncodeID(p, id);
			}
		}
		else if (size == -1)
			p += 1 + *(txU1 *)p;
		else if (size == -2) {
			txU2 length;
			mxDecode2(p, length);
			p += length;
		}
		else {
			txS4 length;
			mxDecode4(p, length);
			p += length;
		}
	}
}

static const void *findNative(SimApp *app, const char *name);

static bool linkModule(txMachine *the, SimModule *module, txScript *script) {
	SimApp *app = the->machine->app;
	txByte *p = script->symbolsBuffer;
	txID count;
	mxDecodeID(p, count);
	txID *ids = calloc((size_t)count + 1, sizeof(*ids));
	if (!ids)
		abort();
	ids[0] = XS_NO_ID;
	for (txID i = 1; i < count; i++) {
		ids[i] = fxNewNameC(the, (txString)p);
		p += strlen((char *)p) + 1;
	}
	linkCode(script, ids);
	if (script->hostsBuffer) {
		txID hosts;
		p = script->hostsBuffer;
		mxDecodeID(p, hosts);
		module->hostCount = hosts;
		module->hosts = calloc((size_t)hosts, sizeof(*module->hosts));
		if (!module->hosts)
			abort();
		for (txID i = 0; i < hosts; i++) {
			SimHostEntry *entry = &module->hosts[i];
			txID id;
			entry->parameters = *(txS1 *)p++;
			mxDecodeID(p, id);
			entry->name = id == XS_NO_ID ? XS_NO_ID : ids[id];
			entry->address = (void *)findNative(app, (char *)p);
			if (!entry->address) {
				snprintf(
				    parserMessage, sizeof(parserMessage), "Error: %s: no native function \"%s\"", module->specifier, p);
				free(ids);
				return false;
			}
			p += strlen((char *)p) + 1;
		}
		script->callback = buildHosts;
	}
	free(ids);
	/* Without its symbols XS takes a script for one in flash and does not delete it. */
	free(script->symbolsBuffer);
	script->symbolsBuffer = NULL;
	module->script = script;
	return true;
}

static bool loadModule(txMachine *the, SimModule *module) {
	void *bytes = NULL;
	size_t length = 0;
	Source source = {0};
	if (module->text) {
		bytes = module->text;
		length = module->length;
		module->text = NULL;
	}
	else if (!module->path) {
		/* mc/config */
		const char *config = the->machine->app->config;
		size_t size = strlen(config) + 64;
		bytes = malloc(size);
		if (!bytes)
			abort();
		length = (size_t)snprintf(bytes, size, "export default Object.freeze(%s, true);", config);
	}
	else if (!simReadFile(module->path, &bytes, &length)) {
		snprintf(parserMessage, sizeof(parserMessage), "Error: module \"%s\": cannot read %s", module->specifier,
		    module->path);
		return false;
	}
	source.text = bytes;
	source.length = length;
	txScript *script = parse(the, module, &source);
	free(bytes);
	return script && linkModule(the, module, script);
}

/* FNV-1a */
static uint32_t hash(const char *text) {
	uint32_t value = 2166136261u;
	while (*text)
		value = (value ^ (unsigned char)*text++) * 16777619u;
	return value;
}

static void indexNatives(SimApp *app) {
	int size = 16;
	while (size < app->nativeCount * 2)
		size *= 2;
	app->nativeIndex = malloc((size_t)size * sizeof(int));
	if (!app->nativeIndex)
		abort();
	app->nativeMask = size - 1;
	memset(app->nativeIndex, -1, (size_t)size * sizeof(int));
	for (int i = 0; i < app->nativeCount; i++) {
		int at = (int)hash(app->natives[i].name) & app->nativeMask;
		while (app->nativeIndex[at] >= 0)
			at = (at + 1) & app->nativeMask;
		app->nativeIndex[at] = i;
	}
}

static int nativeNumber(SimApp *app, const char *name) {
	int at = (int)hash(name) & app->nativeMask;
	while (app->nativeIndex[at] >= 0) {
		int number = app->nativeIndex[at];
		if (!strcmp(app->natives[number].name, name))
			return number;
		at = (at + 1) & app->nativeMask;
	}
	return -1;
}

static const void *findNative(SimApp *app, const char *name) {
	int number = nativeNumber(app, name);
	return number < 0 ? NULL : app->natives[number].address;
}

/* native("xs_…"): the function, always the same one. */
static void global_native(txMachine *the) {
	SimMachine *machine = the->machine;
	SimApp *app = machine->app;
	const char *name = fxToString(the, mxArgv(0));
	int number = nativeNumber(app, name);
	if (number < 0)
		mxReferenceError("no native function \"%s\"", name);
	if (machine == &app->root && app->functions != NULL && machine != simSupervisor)
		mxUnknownError("native function \"%s\" while modules are preloaded", name);
	mxResult->kind = app->functions[number].kind;
	mxResult->value = app->functions[number].value;
}

static void constructNative(txMachine *the) {
	txSlot *prototype;
	if (mxTarget->kind == XS_UNDEFINED_KIND)
		mxTypeError("call: class");
	/* The destructor is on the prototype that Native() made for this constructor. */
	mxPushSlot(mxFunction);
	mxGetID(mxID(_prototype));
	txDestructor destructor = fxGetHostDestructor(the, the->stack);
	mxPop();
	mxPushSlot(mxTarget);
	mxGetID(mxID(_prototype));
	prototype = the->stack->kind == XS_REFERENCE_KIND ? the->stack->value.reference : NULL;
	txSlot *instance = fxNewHostObject(the, destructor);
	if (prototype)
		instance->value.instance.prototype = prototype;
	mxPullSlot(mxResult);
	mxPop();
}

/* Native("xs_…_destructor"): a class to extend. */
static void global_Native(txMachine *the) {
	SimApp *app = the->machine->app;
	const char *name = fxToString(the, mxArgv(0));
	const void *address = findNative(app, name);
	if (!address)
		mxReferenceError("no native destructor \"%s\"", name);
	fxNewHostObject(the, (txDestructor)(uintptr_t)address);
	fxNewHostConstructor(the, constructNative, 0, mxID(_constructor));
	mxPullSlot(mxResult);
}

static void global_trace(txMachine *the) {
	for (txInteger i = 0; i < mxArgc; i++)
		simTrace(the->machine, fxToString(the, mxArgv(i)));
}

static void defineGlobal(txMachine *the, const char *name, txCallback callback) {
	txID id = fxNewNameC(the, (txString)name);
	fxNewHostFunction(the, callback, 1, id, XS_NO_ID);
	mxPush(mxGlobal);
	fxDefineID(the, id, XS_DONT_ENUM_FLAG, XS_GET_ONLY);
	mxPop();
}

/* XS 13.3 leaves out the elements' indices when Array.from is given an array-like: Object.keys finds only zeros. */
static void arrayFrom(txMachine *the) {
	fx_Array_from(the);
	txSlot *array = mxResult->value.reference->next;
	if (!array || array->kind != XS_ARRAY_KIND)
		return;
	txIndex size = fxGetIndexSize(the, array);
	if (size != array->value.array.length)
		return;
	for (txIndex index = 0; index < size; index++)
		*(txIndex *)(array->value.array.address + index) = index;
}

static void repairArrayFrom(txMachine *the) {
	fxNewHostFunction(the, arrayFrom, 1, mxID(_from), XS_NO_ID);
	mxPush(mxArrayConstructor);
	fxDefineID(the, mxID(_from), XS_DONT_ENUM_FLAG, XS_DONT_ENUM_FLAG);
	mxPop();
}

void simInstallGlobals(txMachine *the) {
	SimApp *app = the->machine->app;
	repairArrayFrom(the);
	defineGlobal(the, "native", global_native);
	defineGlobal(the, "Native", global_Native);
	defineGlobal(the, "trace", global_trace);
	txSlot *functions = calloc((size_t)app->nativeCount + 1, sizeof(txSlot));
	if (!functions)
		abort();
	for (int i = 0; i < app->nativeCount; i++) {
		fxNewHostFunction(
		    the, (txCallback)app->natives[i].address, 0, fxNewNameC(the, (txString)app->natives[i].name), XS_NO_ID);
		functions[i] = *the->stack;
		functions[i].next = NULL;
		mxPop();
		fxRemember(the, &functions[i]);
	}
	app->functions = functions;
}

/* `console` is what the SDK gives app packages; and on a board the built-in objects are in flash. */
static const char finishGlobals[] =
    "(() => {"
    "	globalThis.console = { log: (...items) => trace(items.join(' '), '\\n') };"
    "	const seen = new Set([globalThis]);"
    "	const freeze = (it) => {"
    "		if (it === null || (typeof it !== 'object' && typeof it !== 'function') || seen.has(it)) return;"
    "		seen.add(it);"
    "		for (const key of Reflect.ownKeys(it)) {"
    "			const { get, set, value } = Object.getOwnPropertyDescriptor(it, key);"
    "			freeze(get);"
    "			freeze(set);"
    "			freeze(value);"
    "		}"
    "		freeze(Object.getPrototypeOf(it));"
    "		Object.freeze(it);"
    "	};"
    "	for (const key of Reflect.ownKeys(globalThis)) freeze(globalThis[key]);"
    "	freeze(function* () {});"
    "	freeze(async () => {});"
    "	freeze(async function* () {});"
    "})()";

static void buildRoot(xsMachine *the, void *data) {
	SimApp *app = data;
	simInstallGlobals(the);
	for (int i = 0; i < app->moduleCount; i++) {
		if (!loadModule(the, &app->modules[i])) {
			simFail(the->machine, XS_UNHANDLED_EXCEPTION_EXIT, parserMessage, "");
			return;
		}
	}
	for (int i = 0; i < app->preloadCount; i++) {
		mxPushStringC(app->preloads[i]);
		fxAwaitImport(the, XS_IMPORT_NAMESPACE);
		mxPop();
	}
	if (the->machine != simSupervisor) {
		mxPush(mxGlobal);
		mxDub();
		mxGetID(mxID(_eval));
		mxCall();
		mxPushStringC((txString)finishGlobals);
		mxRunCount(1);
		mxPop();
	}
	if (simAppModule(app, "embedded:provider/builtin")) {
		mxPushStringC("embedded:provider/builtin");
		fxAwaitImport(the, XS_IMPORT_DEFAULT);
		mxPush(mxGlobal);
		fxDefineID(the, fxNewNameC(the, "device"), XS_NO_FLAG, XS_GET_ONLY);
		mxPop();
	}
}

/*
 * A clone's values point into the root's chunks, and a clone's collector takes every chunk that it meets for one of
 * its own that moves to where `temporary` says: the next chunk, outside of a collection. Nowhere means: it stays.
 */
static void pinChunks(txMachine *the) {
	for (txBlock *block = the->firstBlock; block; block = block->nextBlock) {
		txByte *chunk = (txByte *)(block + 1);
		while (chunk < block->current) {
			txByte *next = ((txChunk *)chunk)->temporary;
			((txChunk *)chunk)->temporary = NULL;
			chunk = next;
		}
	}
}

/*
 * What flash does to preloaded modules beyond what sharing does: the contents of collections and buffers, and
 * the properties of classes, cannot be changed.
 */
static void petrify(txMachine *the) {
	for (txSlot *heap = the->firstHeap; heap; heap = heap->next) {
		for (txSlot *slot = heap + 1; slot < heap->value.reference; slot++) {
			switch (slot->kind) {
				case XS_ARRAY_BUFFER_KIND:
				case XS_DATE_KIND:
				case XS_MAP_KIND:
				case XS_SET_KIND:
				case XS_WEAK_MAP_KIND:
				case XS_WEAK_SET_KIND:
				case XS_FINALIZATION_REGISTRY_KIND:
					if (slot->flag & XS_INTERNAL_FLAG)
						slot->flag |= XS_DONT_SET_FLAG;
					break;
				case XS_INSTANCE_KIND:
					if (!(slot->flag & XS_CAN_CONSTRUCT_FLAG) || !slot->next || slot->next->kind != XS_CODE_X_KIND)
						break;
					for (txSlot *property = slot->next; property; property = property->next) {
						if (!(property->flag & XS_INTERNAL_FLAG) && property->kind != XS_ACCESSOR_KIND)
							property->flag |= XS_DONT_SET_FLAG;
					}
					break;
				default: break;
			}
		}
	}
}

/* False: the root machine's message says why. */
bool simAppBuild(SimApp *app, const SimNative *natives, int nativeCount, bool shared) {
	txCreation creation = {
	    .initialChunkSize = 1024 * 1024,
	    .incrementalChunkSize = 1024 * 1024,
	    .initialHeapCount = 32768,
	    .incrementalHeapCount = 32768,
	    .stackCount = 8192,
	    .initialKeyCount = 4096,
	    .incrementalKeyCount = 1024,
	    .nameModulo = app->creation.nameModulo,
	    .symbolModulo = app->creation.symbolModulo,
	    .parserBufferSize = 65536,
	    .parserTableModulo = 1993,
	};
	app->natives = natives;
	app->nativeCount = nativeCount;
	indexNatives(app);
	simMachineInitialize(&app->root, app, app->manifest, "", 0);
	if (!fxCreateMachine(&creation, app->root.name, &app->root, XS_NO_ID)) {
		app->root.the = NULL;
		return false;
	}
	simEnter(&app->root, buildRoot, app);
	if (shared && app->root.status == SIM_ALIVE) {
		SimMachine *previous = simCurrent;
		simCurrent = &app->root;
		fxCollectGarbage(app->root.the);
		petrify(app->root.the);
		fxShareMachine(app->root.the);
		pinChunks(app->root.the);
		simCurrent = previous;
	}
	return app->root.status == SIM_ALIVE;
}
