//! The core's memory: blocks of powers of two, and for each size a list of those that are free.
//!
//! Rust's own allocator for WebAssembly joins and splits blocks, and takes 7.7 KB of code to do it. The core lives as
//! long as its page and asks for the same few sizes again and again, so what is freed is soon used as it is. It costs
//! at most half of each block, and what one size has freed no other uses: some kilobytes in a page.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::UnsafeCell;
use core::ptr::null_mut;

/// The smallest block is of `2^SMALLEST` bytes, and that is what all blocks are aligned to: SIMD wants no more.
const SMALLEST: usize = 4;
const SIZES: usize = 32 - SMALLEST;
const PAGE: usize = 64 * 1024;

struct Heap(UnsafeCell<State>);

struct State {
    /// For each size the first free block, which begins with the address of the next.
    free: [*mut u8; SIZES],
    /// Memory that no block has been made of yet.
    fresh: usize,
    end: usize,
}

// SAFETY: the module has one thread; it is built without the atomics that others would need.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(State {
    free: [null_mut(); SIZES],
    fresh: 0,
    end: 0,
}));

/// Which size of block holds this.
fn class(layout: Layout) -> usize {
    let least = layout.size().max(1 << SMALLEST);
    (usize::BITS - (least - 1).leading_zeros()) as usize - SMALLEST
}

// SAFETY: a block is given out only after it was taken from the free list of its size or from fresh memory, is as long
// as `class` says, which is at least what was asked for, and aligned to the smallest block's length; who asks for more
// is given nothing.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > 1 << SMALLEST {
            return null_mut();
        }
        let class = class(layout);
        let Some(state) = (unsafe { self.0.get().as_mut() }) else {
            return null_mut();
        };
        let Some(first) = state.free.get_mut(class) else {
            return null_mut();
        };
        let block = *first;
        if block.is_null() {
            return state.carve(1 << (class + SMALLEST));
        }
        *first = unsafe { block.cast::<*mut u8>().read() };
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(state) = unsafe { self.0.get().as_mut() }
            && let Some(first) = state.free.get_mut(class(layout))
        {
            unsafe { block.cast::<*mut u8>().write(*first) };
            *first = block;
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller vouches for the alignment and that the size does not overflow.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if class(wanted) == class(layout) {
            return block;
        }
        unsafe {
            let new = self.alloc(wanted);
            if !new.is_null() {
                new.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}

impl State {
    /// Cuts a block off the fresh memory, of which more is ordered if it is not enough.
    fn carve(&mut self, size: usize) -> *mut u8 {
        let mut start = self.fresh;
        if start + size > self.end {
            let pages = size.div_ceil(PAGE);
            let grown = wasm32::memory_grow::<0>(pages);
            if grown == usize::MAX {
                return null_mut();
            }
            // Somebody else may have ordered memory in between: then what was left is lost.
            if grown * PAGE != self.end {
                start = grown * PAGE;
            }
            self.end = (grown + pages) * PAGE;
        }
        self.fresh = start + size;
        start as *mut u8
    }
}
