/*
 * What of a device outlives its restarts: its flash with the wear of each block, and a power cut that waits for its
 * operation. A partition is a file in the device's directory, made by the first write to it.
 */
#include "host.h"

#include <fcntl.h>
#include <sys/stat.h>

#define BLOCK SIM_FLASH_BLOCK
#define PIECE 256 /* a page: what a NOR flash programs at a time */

struct SimFlash {
	SimBoard *board;
	char *name;
	size_t size;
	int fd; /* -1: never written; it reads as erased */
	uint32_t *erases;
	bool open; /* apps may open it */
};

struct SimBoard {
	uint32_t note;
	SimBoard *next;
	char *name;
	char *directory;
	SimFlash *partitions;
	int count;
	uint64_t operations;
	uint64_t cutAt; /* the operation that it waits for; 0: none */
	SimCut cut;
	bool dark; /* the power is off: nothing more is written */
};

static SimBoard *boards;

SimBoard *simBoardFind(const char *name) {
	SimBoard *board = boards;
	while (board && strcmp(board->name, name))
		board = board->next;
	return board;
}

SimBoard *simBoardCreate(const char *name, const char *directory, const SimPartition *partitions, int count) {
	SimBoard *board = calloc(1, sizeof(*board));
	SimFlash *flash = calloc((size_t)count + 1, sizeof(*flash));
	if (!board || !flash)
		abort();
	board->name = strdup(name);
	board->directory = strdup(directory);
	board->partitions = flash;
	board->count = count;
	for (int i = 0; i < count; i++, flash++) {
		flash->board = board;
		flash->name = strdup(partitions[i].name);
		flash->size = partitions[i].size;
		flash->open = partitions[i].open;
		flash->fd = -1;
		flash->erases = calloc(flash->size / BLOCK + 1, sizeof(uint32_t));
		if (!flash->erases)
			abort();
	}
	board->next = boards;
	boards = board;
	return board;
}

void simBoardDelete(SimBoard *board) {
	SimBoard **address = &boards;
	while (*address != board)
		address = &(*address)->next;
	*address = board->next;
	for (int i = 0; i < board->count; i++) {
		if (board->partitions[i].fd >= 0)
			close(board->partitions[i].fd);
		free(board->partitions[i].name);
		free(board->partitions[i].erases);
	}
	free(board->partitions);
	free(board->directory);
	free(board->name);
	free(board);
}

uint32_t *simBoardNote(SimBoard *board) {
	return &board->note;
}

const char *simBoardName(const SimBoard *board) {
	return board->name;
}

const char *simBoardDirectory(const SimBoard *board) {
	return board->directory;
}

void simBoardPower(SimBoard *board) {
	board->dark = false;
}

bool simBoardHasPower(const SimBoard *board) {
	return !board->dark;
}

void simBoardCutPower(SimBoard *board, uint64_t nth, SimCut cut) {
	board->cutAt = nth ? board->operations + nth : 0;
	board->cut = cut;
}

/* The device ends; what it is doing does not return. Returns when the supervisor does it on the device's behalf. */
static void goDark(SimBoard *board) {
	board->dark = true;
	board->cutAt = 0;
	SimMachine *machine = simMachineFind(board->name);
	if (!machine)
		return;
	simFail(machine, SIM_POWER, simCause(SIM_POWER), "");
	if (simCurrent == machine)
		fxExitToHost(machine->the);
}

SimCut simBoardOperation(SimBoard *board) {
	if (board->dark)
		return SIM_CUT_BEFORE;
	if (++board->operations != board->cutAt)
		return SIM_CUT_NONE;
	if (board->cut == SIM_CUT_BEFORE)
		goDark(board);
	return board->cut;
}

bool simBoardOperated(SimBoard *board, SimCut cut) {
	if (cut == SIM_CUT_NONE)
		return true;
	if (!board->dark)
		goDark(board);
	return false;
}

SimFlash *simBoardFlash(SimBoard *board, const char *name) {
	for (int i = 0; i < board->count; i++) {
		if (!strcmp(board->partitions[i].name, name))
			return &board->partitions[i];
	}
	return NULL;
}

/* "ota_0" → 0; -1: no slot for updates. */
static int slotNumber(const char *name) {
	return strncmp(name, "ota_", 4) || !name[4] ? -1 : (int)strtol(name + 4, NULL, 10);
}

/* The slot that comes after the running one. */
static SimFlash *nextSlot(SimMachine *machine) {
	SimBoard *board = machine->board;
	SimFlash *first = NULL, *next = NULL;
	int running = slotNumber(machine->slot);
	for (int i = 0; i < board->count; i++) {
		SimFlash *flash = &board->partitions[i];
		int number = slotNumber(flash->name);
		if (number < 0)
			continue;
		if (!first || number < slotNumber(first->name))
			first = flash;
		if (number > running && (!next || number < slotNumber(next->name)))
			next = flash;
	}
	return next ? next : first;
}

SimFlash *simFlashOpen(SimMachine *machine, const char *name) {
	if (!strcmp(name, "running"))
		return simBoardFlash(machine->board, machine->slot);
	if (!strcmp(name, "nextota"))
		return nextSlot(machine);
	SimFlash *flash = simBoardFlash(machine->board, name);
	return flash && flash->open ? flash : NULL;
}

const char *simFlashName(SimMachine *machine, size_t index) {
	SimBoard *board = machine->board;
	for (int i = 0; i < board->count; i++) {
		if (board->partitions[i].open && !index--)
			return board->partitions[i].name;
	}
	return NULL;
}

const char *simFlashLabel(const SimFlash *flash) {
	return flash->name;
}

size_t simFlashSize(const SimFlash *flash) {
	return flash->size;
}

static void pathOf(const SimFlash *flash, char *path, size_t size) {
	snprintf(path, size, "%s/%s.bin", flash->board->directory, flash->name);
}

static bool fill(int fd, size_t start, size_t end) {
	static uint8_t ones[BLOCK];
	memset(ones, 0xFF, sizeof(ones));
	while (start < end) {
		size_t count = end - start < BLOCK ? end - start : BLOCK;
		if (pwrite(fd, ones, count, (off_t)start) != (ssize_t)count)
			return false;
		start += count;
	}
	return true;
}

/* A chip from the factory is erased; so is what a file lacks of its partition. */
static bool openFile(SimFlash *flash, bool make) {
	char path[C_PATH_MAX];
	struct stat status;
	if (flash->fd >= 0)
		return true;
	pathOf(flash, path, sizeof(path));
	int fd = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0666);
	if (fd < 0)
		return false;
	if (fstat(fd, &status) ||
	    ((size_t)status.st_size < flash->size && !fill(fd, (size_t)status.st_size, flash->size))) {
		close(fd);
		return false;
	}
	flash->fd = fd;
	return true;
}

bool simFlashPath(SimFlash *flash, char *path, size_t size) {
	/* A file that was made would stand for what a slot was delivered with. */
	errno = EACCES;
	pathOf(flash, path, size);
	return flash->open && openFile(flash, true);
}

bool simFlashWritten(SimFlash *flash) {
	return openFile(flash, false);
}

bool simFlashRead(SimFlash *flash, size_t offset, void *bytes, size_t length) {
	if (!openFile(flash, false)) {
		memset(bytes, 0xFF, length);
		return errno == ENOENT;
	}
	return pread(flash->fd, bytes, length, (off_t)offset) == (ssize_t)length;
}

/* Goes to the file at once, page by page: what a killed process had written is there. */
static bool program(SimFlash *flash, size_t offset, const uint8_t *bytes, size_t length) {
	uint8_t page[PIECE];
	while (length) {
		size_t count = length < sizeof(page) ? length : sizeof(page);
		if (pread(flash->fd, page, count, (off_t)offset) != (ssize_t)count)
			return false;
		for (size_t i = 0; i < count; i++)
			page[i] &= bytes[i];
		if (pwrite(flash->fd, page, count, (off_t)offset) != (ssize_t)count)
			return false;
		bytes += count;
		offset += count;
		length -= count;
	}
	return true;
}

bool simFlashWrite(SimFlash *flash, size_t offset, const void *data, size_t length) {
	const uint8_t *bytes = data;
	if (!length)
		return true;
	SimCut cut = simBoardOperation(flash->board);
	if (cut == SIM_CUT_BEFORE)
		return false;
	if (!openFile(flash, true))
		return false;
	bool done;
	if (cut == SIM_CUT_TORN) {
		/* The first half, and of the byte at the tear the bits that were quick. */
		size_t half = length / 2;
		uint8_t torn = bytes[half] | 0x55;
		done = program(flash, offset, bytes, half) && program(flash, offset + half, &torn, 1);
	}
	else
		done = program(flash, offset, bytes, length);
	return simBoardOperated(flash->board, cut) && done;
}

bool simFlashErase(SimFlash *flash, size_t block) {
	SimCut cut = simBoardOperation(flash->board);
	if (cut == SIM_CUT_BEFORE)
		return false;
	if (!openFile(flash, true))
		return false;
	size_t start = block * BLOCK;
	flash->erases[block]++;
	bool done;
	if (cut == SIM_CUT_TORN) {
		/* Half of it is erased; in the rest some bits have gone over. */
		uint8_t rest[BLOCK / 2];
		off_t half = (off_t)(start + BLOCK / 2);
		done = fill(flash->fd, start, start + BLOCK / 2) &&
		       pread(flash->fd, rest, sizeof(rest), half) == (ssize_t)sizeof(rest);
		if (done) {
			for (size_t i = 0; i < sizeof(rest); i++)
				rest[i] |= i & 1 ? 0x0F : 0xA0;
			done = pwrite(flash->fd, rest, sizeof(rest), half) == (ssize_t)sizeof(rest);
		}
	}
	else
		done = fill(flash->fd, start, start + BLOCK);
	return simBoardOperated(flash->board, cut) && done;
}

void simBoardWriteWear(const SimBoard *board) {
	simOutput("{\"operations\":");
	simOutputNumber((double)board->operations);
	simOutput(",\"erases\":{");
	for (int i = 0; i < board->count; i++) {
		const SimFlash *flash = &board->partitions[i];
		if (i)
			simOutput(",");
		simOutputString(flash->name);
		simOutput(":[");
		for (size_t block = 0; block < flash->size / BLOCK; block++) {
			if (block)
				simOutput(",");
			simOutputNumber(flash->erases[block]);
		}
		simOutput("]");
	}
	simOutput("}}");
}
