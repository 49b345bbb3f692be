/* An app as its description (application.ts) gives it: limits, modules, resources. A board as the supervisor gives it.
 */
#include "host.h"

#define CONFIG "mc/config"

/* A property of an object as a C string that the caller frees; NULL when it is undefined. */
char *simGetString(xsMachine *the, xsSlot *object, const char *name) {
	char *result = NULL;
	mxPushSlot(object);
	mxGetID(fxNewNameC(the, (txString)name));
	if (the->stack->kind != XS_UNDEFINED_KIND)
		result = strdup(fxToString(the, the->stack));
	mxPop();
	return result;
}

double simGetNumber(xsMachine *the, xsSlot *object, const char *name, double absent) {
	double result = absent;
	mxPushSlot(object);
	mxGetID(fxNewNameC(the, (txString)name));
	if (the->stack->kind != XS_UNDEFINED_KIND)
		result = fxToNumber(the, the->stack);
	mxPop();
	return result;
}

static txSize getSize(xsMachine *the, xsSlot *object, const char *name, double absent) {
	double value = simGetNumber(the, object, name, absent);
	if (!(value >= 0 && value <= INT32_MAX))
		mxRangeError("%s is no size in bytes or slots", name);
	return (txSize)value;
}

/* Pushes a property that is an object; false when it is none, and then nothing is on the stack. */
static bool pushProperty(xsMachine *the, xsSlot *object, const char *name) {
	mxPushSlot(object);
	mxGetID(fxNewNameC(the, (txString)name));
	if (the->stack->kind == XS_REFERENCE_KIND)
		return true;
	mxPop();
	return false;
}

static int getLength(xsMachine *the, xsSlot *array) {
	return (int)simGetNumber(the, array, "length", 0);
}

static void pushItem(xsMachine *the, xsSlot *array, int index) {
	mxPushSlot(array);
	fxGetIndex(the, (txIndex)index);
}

static void readCreation(xsMachine *the, xsSlot *description, txCreation *creation) {
	/* What the SDK's manifests give where an app says nothing. */
	*creation = (txCreation){
	    .initialChunkSize = 16384,
	    .incrementalChunkSize = 1024,
	    .initialHeapCount = 512,
	    .incrementalHeapCount = 64,
	    .stackCount = 512,
	    .initialKeyCount = 32,
	    .incrementalKeyCount = 32,
	    .nameModulo = 53,
	    .symbolModulo = 3,
	    .parserBufferSize = 1024,
	    .parserTableModulo = 17,
	};
	if (!pushProperty(the, description, "creation"))
		return;
	txSlot *it = the->stack;
	creation->staticSize = getSize(the, it, "static", 0);
	creation->stackCount = getSize(the, it, "stack", creation->stackCount);
	if (creation->staticSize) {
		/* One block for both, that chunks and slots share as they grow, by the steps of the ESP8266. */
		creation->initialChunkSize = 1536;
		creation->incrementalChunkSize = 512;
		creation->initialHeapCount = 512;
		creation->incrementalHeapCount = 64;
	}
	else if (pushProperty(the, it, "chunk")) {
		creation->initialChunkSize = getSize(the, the->stack, "initial", creation->initialChunkSize);
		creation->incrementalChunkSize = getSize(the, the->stack, "incremental", creation->incrementalChunkSize);
		mxPop();
	}
	if (!creation->staticSize && pushProperty(the, it, "heap")) {
		creation->initialHeapCount = getSize(the, the->stack, "initial", creation->initialHeapCount);
		creation->incrementalHeapCount = getSize(the, the->stack, "incremental", creation->incrementalHeapCount);
		mxPop();
	}
	if (pushProperty(the, it, "keys")) {
		creation->initialKeyCount = getSize(the, the->stack, "initial", creation->initialKeyCount);
		creation->incrementalKeyCount = getSize(the, the->stack, "incremental", creation->incrementalKeyCount);
		creation->nameModulo = getSize(the, the->stack, "name", creation->nameModulo);
		creation->symbolModulo = getSize(the, the->stack, "symbol", creation->symbolModulo);
		mxPop();
	}
	if (pushProperty(the, it, "parser")) {
		creation->parserBufferSize = getSize(the, the->stack, "buffer", creation->parserBufferSize);
		creation->parserTableModulo = getSize(the, the->stack, "table", creation->parserTableModulo);
		mxPop();
	}
	mxPop();
}

static void readNames(
    xsMachine *the, xsSlot *object, void (*add)(xsMachine *, SimApp *, const char *, xsSlot *), SimApp *app) {
	/* Object.entries(object) */
	mxPush(mxObjectConstructor);
	mxDub();
	mxGetID(fxNewNameC(the, "entries"));
	mxCall();
	mxPushSlot(object);
	mxRunCount(1);
	txSlot *entries = the->stack;
	int count = getLength(the, entries);
	for (int i = 0; i < count; i++) {
		pushItem(the, entries, i);
		txSlot *entry = the->stack;
		pushItem(the, entry, 0);
		char *name = strdup(fxToString(the, the->stack));
		mxPop();
		pushItem(the, entry, 1);
		add(the, app, name, the->stack);
		mxPop();
		free(name);
		mxPop();
	}
	mxPop();
}

/* The image that the app is in; NULL: it is in files. */
static char *image;
static size_t imageLength;

/* [offset, length] in the image: a copy of it, which a zero follows. */
static void *slice(xsMachine *the, xsSlot *place, size_t *length) {
	pushItem(the, place, 0);
	size_t offset = (size_t)fxToInteger(the, the->stack);
	mxPop();
	pushItem(the, place, 1);
	*length = (size_t)fxToInteger(the, the->stack);
	mxPop();
	if (!image || offset > imageLength || *length > imageLength - offset)
		mxRangeError("beyond the image");
	char *bytes = aligned_alloc(16, (*length + 16) & ~(size_t)15);
	if (!bytes)
		abort();
	memcpy(bytes, image + offset, *length);
	bytes[*length] = 0;
	return bytes;
}

static void addModule(xsMachine *the, SimApp *app, const char *name, xsSlot *value) {
	if (value->kind == XS_REFERENCE_KIND) {
		size_t length;
		char *text = slice(the, value, &length);
		SimModule *module = simAppAddModule(app, name, NULL);
		module->text = text;
		module->length = length;
	}
	else
		simAppAddModule(app, name, fxToString(the, value));
}

static void addResource(xsMachine *the, SimApp *app, const char *name, xsSlot *value) {
	app->resources = realloc(app->resources, (size_t)(app->resourceCount + 1) * sizeof(SimResource));
	if (!app->resources)
		abort();
	SimResource *resource = &app->resources[app->resourceCount];
	if (value->kind == XS_REFERENCE_KIND)
		resource->bytes = slice(the, value, &resource->length);
	else if (!simReadFile(fxToString(the, value), &resource->bytes, &resource->length))
		mxUnknownError("resource \"%s\": cannot read %s", name, fxToString(the, value));
	resource->name = strdup(name);
	app->resourceCount++;
}

SimBoard *simBoardDescribe(xsMachine *the, const char *name, const char *directory, xsSlot *partitions) {
	int count = getLength(the, partitions);
	SimPartition *list = calloc((size_t)count + 1, sizeof(*list));
	if (!list)
		abort();
	for (int i = 0; i < count; i++) {
		pushItem(the, partitions, i);
		list[i].name = simGetString(the, the->stack, "name");
		list[i].size = (size_t)getSize(the, the->stack, "size", 0);
		list[i].open = simGetNumber(the, the->stack, "open", 0) != 0;
		mxPop();
	}
	SimBoard *board = simBoardCreate(name, directory, list, count);
	for (int i = 0; i < count; i++)
		free(list[i].name);
	free(list);
	return board;
}

SimApp *simAppDescribe(xsMachine *the, char *key, xsSlot *description) {
	char *path = simGetString(the, description, "image");
	void *bytes;
	free(image);
	image = path && simReadFile(path, &bytes, &imageLength) ? bytes : NULL;
	free(path);
	char *manifest = simGetString(the, description, "manifest");
	mxPush(mxGlobal);
	mxGetID(fxNewNameC(the, "JSON"));
	mxDub();
	mxGetID(fxNewNameC(the, "stringify"));
	mxCall();
	mxPushSlot(description);
	mxGetID(fxNewNameC(the, "config"));
	mxRunCount(1);
	char *config = strdup(the->stack->kind == XS_UNDEFINED_KIND ? "{}" : fxToString(the, the->stack));
	mxPop();
	SimApp *app = simAppCreate(key, manifest ? manifest : strdup(key), config);
	app->main = simGetString(the, description, "main");
	if (!app->main)
		app->main = strdup("main");
	readCreation(the, description, &app->creation);
	if (pushProperty(the, description, "modules")) {
		readNames(the, the->stack, addModule, app);
		mxPop();
	}
	if (!simAppModule(app, CONFIG))
		simAppAddModule(app, CONFIG, NULL);
	if (pushProperty(the, description, "preload")) {
		txSlot *list = the->stack;
		int count = getLength(the, list);
		app->preloads = calloc((size_t)count + 1, sizeof(char *));
		if (!app->preloads)
			abort();
		app->preloads[app->preloadCount++] = strdup(CONFIG);
		for (int i = 0; i < count; i++) {
			pushItem(the, list, i);
			app->preloads[app->preloadCount++] = strdup(fxToString(the, the->stack));
			mxPop();
		}
		mxPop();
	}
	if (pushProperty(the, description, "resources")) {
		readNames(the, the->stack, addResource, app);
		mxPop();
	}
	return app;
}

const void *simResource(SimMachine *machine, const char *name, size_t *length) {
	for (int i = 0; i < machine->app->resourceCount; i++) {
		if (!strcmp(machine->app->resources[i].name, name)) {
			*length = machine->app->resources[i].length;
			return machine->app->resources[i].bytes;
		}
	}
	return NULL;
}
