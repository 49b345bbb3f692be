/*
 * The memory that TensorFlow Lite Micro asks for while it opens a model. What it asks for without end is left by a
 * jump: its kernels use what an allocation gave them unseen, so a null pointer would be written to.
 */
#ifndef TFLM_ALLOCATORS_H
#define TFLM_ALLOCATORS_H

#include "tflm.h"

#include <csetjmp>
#include <cstddef>
#include <cstdint>

namespace tflm {

/* Blocks of the heap that are given back together. */
class Blocks {
  public:
	/* NULL when there is no more. `alignment` is a power of two. */
	uint8_t *Take(size_t size, size_t alignment);
	void Release();

  private:
	struct Block {
		Block *next;
	};
	Block *first_ = nullptr;
};

/* The first multiple of `alignment` from `value` on. */
constexpr uintptr_t AlignedUp(uintptr_t value, size_t alignment) {
	return (value + alignment - 1) & ~static_cast<uintptr_t>(alignment - 1);
}

/* What lasts as long as the engine: in memory that is given, one after another, or measured in blocks of the heap. */
class LastingMemory final : public tflite::IPersistentBufferAllocator {
  public:
	/* `memory` is aligned to 16 bytes; without it, it is measured. */
	LastingMemory(uint8_t *memory, size_t size, jmp_buf *const *escape)
	    : memory_(memory), size_(size), escape_(escape) {
	}

	uint8_t *AllocatePersistentBuffer(size_t size, size_t alignment) override;
	size_t GetPersistentUsedBytes() const override {
		return used_;
	}
	/* Of the blocks in which it is measured. */
	void Release() {
		blocks_.Release();
	}

  private:
	uint8_t *memory_;
	size_t size_;
	size_t used_ = 0;
	jmp_buf *const *escape_;
	Blocks blocks_;
};

/* What is needed while a model is opened, from the heap; and the tensors' place, which it only hands on. */
class PassingMemory final : public tflite::INonPersistentBufferAllocator {
  public:
	/* `tensors`: of all subgraphs; `operators`: the same. `arena` is aligned to 16 bytes. */
	PassingMemory(uint32_t tensors, uint32_t operators, uint8_t *arena, size_t size, jmp_buf *const *escape)
	    : tensors_(tensors), operators_(operators), arena_(arena), size_(size), escape_(escape) {
	}

	uint8_t *AllocateTemp(size_t size, size_t alignment) override;
	void DeallocateTemp(uint8_t *) override {
	}
	bool IsAllTempDeallocated() override {
		return true;
	}
	TfLiteStatus ResetTempAllocations() override;
	uint8_t *AllocateResizableBuffer(size_t size, size_t alignment) override;
	TfLiteStatus ResizeBuffer(uint8_t *, size_t size, size_t) override;
	TfLiteStatus DeallocateResizableBuffer(uint8_t *) override;
	uint8_t *GetOverlayMemoryAddress() const override {
		return arena_;
	}
	TfLiteStatus ReserveNonPersistentOverlayMemory(size_t size, size_t) override;
	size_t GetNonPersistentUsedBytes() const override {
		return reserved_;
	}
	size_t GetAvailableMemory(size_t alignment) const override;

	/* Operators since Restart whose preparation, or run, has come to its end. */
	uint32_t Finished() const {
		return finished_;
	}
	void Restart() {
		finished_ = 0;
	}
	/* Gives back what came from the heap. */
	void Release();

  private:
	uint32_t tensors_;
	uint32_t operators_;
	uint8_t *arena_;
	size_t size_;
	size_t reserved_ = 0;
	size_t resizable_ = 0;
	size_t resizable_size_ = 0;
	uint32_t finished_ = 0;
	bool is_stale_ = false;
	jmp_buf *const *escape_;
	Blocks blocks_;
	Blocks resizable_blocks_;
};

} // namespace tflm

#endif
