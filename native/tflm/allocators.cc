#include "allocators.h"

#include <cstdlib>

namespace tflm {

namespace {

/* Of one model; what is beyond it is not a number that anything should be added to. */
constexpr size_t kMaximum = size_t{1} << 30;

/* There are no exceptions, and nothing on the way has a destructor that does anything. */
[[noreturn]] void Leave(jmp_buf *escape) {
	longjmp(*escape, 1); // NOLINT(cert-err52-cpp)
}

} // namespace

uint8_t *Blocks::Take(size_t size, size_t alignment) {
	if (size > kMaximum) {
		return nullptr;
	}
	void *memory = malloc(sizeof(Block) + alignment + size);
	if (memory == nullptr) {
		return nullptr;
	}
	auto *block = static_cast<Block *>(memory);
	block->next = first_;
	first_ = block;
	return reinterpret_cast<uint8_t *>(AlignedUp(reinterpret_cast<uintptr_t>(block + 1), alignment));
}

void Blocks::Release() {
	while (first_ != nullptr) {
		Block *block = first_;
		first_ = block->next;
		free(block);
	}
}

uint8_t *LastingMemory::AllocatePersistentBuffer(size_t size, size_t alignment) {
	size_t at = AlignedUp(used_, alignment);
	if (size > kMaximum || at > kMaximum) {
		Leave(*escape_);
	}
	used_ = at + size;
	if (memory_ == nullptr) {
		uint8_t *block = blocks_.Take(size, alignment);
		if (block == nullptr) {
			Leave(*escape_);
		}
		return block;
	}
	if (used_ > size_) {
		Leave(*escape_);
	}
	return memory_ + at;
}

uint8_t *PassingMemory::AllocateTemp(size_t size, size_t alignment) {
	/* the planner is asked once more after its memory has been given back, so it stays until the next is taken */
	if (is_stale_) {
		blocks_.Release();
		is_stale_ = false;
	}
	uint8_t *block = blocks_.Take(size, alignment);
	if (block == nullptr) {
		Leave(*escape_);
	}
	return block;
}

TfLiteStatus PassingMemory::ResetTempAllocations() {
	is_stale_ = true;
	finished_++;
	return kTfLiteOk;
}

/* It never moves, so it has room from the start for all that the operators may request, `size` bytes each. */
uint8_t *PassingMemory::AllocateResizableBuffer(size_t size, size_t alignment) {
	resizable_size_ = size * (operators_ + 1);
	resizable_ = size;
	uint8_t *block = resizable_blocks_.Take(resizable_size_, alignment);
	if (block == nullptr) {
		Leave(*escape_);
	}
	return block;
}

TfLiteStatus PassingMemory::ResizeBuffer(uint8_t *, size_t size, size_t) {
	/* the caller does not look at the status */
	if (size > resizable_size_) {
		Leave(*escape_);
	}
	resizable_ = size;
	return kTfLiteOk;
}

TfLiteStatus PassingMemory::DeallocateResizableBuffer(uint8_t *) {
	resizable_blocks_.Release();
	return kTfLiteOk;
}

TfLiteStatus PassingMemory::ReserveNonPersistentOverlayMemory(size_t size, size_t) {
	reserved_ = size;
	return size <= size_ ? kTfLiteOk : kTfLiteError;
}

/* For the planner, which takes all there is: as much as all tensors and requests can make use of. */
size_t PassingMemory::GetAvailableMemory(size_t alignment) const {
	size_t buffers = tensors_ + resizable_ / sizeof(tflite::internal::ScratchBufferRequest);
	return buffers * tflite::GreedyMemoryPlanner::per_buffer_size() + alignment;
}

void PassingMemory::Release() {
	blocks_.Release();
	resizable_blocks_.Release();
}

} // namespace tflm
