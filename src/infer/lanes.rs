//! Four numbers of single precision at once: a SIMD register in WebAssembly, an array elsewhere.
//!
//! A lane never sees its neighbours, and both forms round after every step, so that they agree to the bit.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod register {
    use core::arch::wasm32 as simd;

    #[derive(Clone, Copy)]
    pub(in crate::infer) struct Four(simd::v128);

    impl Four {
        #[inline(always)]
        pub(in crate::infer) fn splat(value: f32) -> Four {
            Four(simd::f32x4_splat(value))
        }

        #[inline(always)]
        pub(in crate::infer) fn load(values: &[f32; 4]) -> Four {
            // SAFETY: the reference covers all sixteen bytes, and v128_load needs no alignment.
            Four(unsafe { simd::v128_load(values.as_ptr().cast()) })
        }

        #[inline(always)]
        pub(in crate::infer) fn to_array(self) -> [f32; 4] {
            let mut values = [0.0; 4];
            // SAFETY: as above, for a place of our own.
            unsafe { simd::v128_store(values.as_mut_ptr().cast(), self.0) };
            values
        }

        #[inline(always)]
        pub(in crate::infer) fn plus_product(self, a: Four, b: Four) -> Four {
            Four(simd::f32x4_add(self.0, simd::f32x4_mul(a.0, b.0)))
        }

        #[inline(always)]
        pub(in crate::infer) fn or_if_nan(self, other: Four) -> Four {
            let numbers = simd::f32x4_eq(self.0, self.0);
            Four(simd::v128_bitselect(self.0, other.0, numbers))
        }

        #[inline(always)]
        pub(in crate::infer) fn at_least_zero(self) -> Four {
            Four(simd::f32x4_pmax(simd::f32x4_splat(0.0), self.0))
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod array {
    #[derive(Clone, Copy)]
    pub(in crate::infer) struct Four([f32; 4]);

    impl Four {
        #[inline(always)]
        pub(in crate::infer) fn splat(value: f32) -> Four {
            Four([value; 4])
        }

        #[inline(always)]
        pub(in crate::infer) fn load(values: &[f32; 4]) -> Four {
            Four(*values)
        }

        #[inline(always)]
        pub(in crate::infer) fn to_array(self) -> [f32; 4] {
            self.0
        }

        #[inline(always)]
        pub(in crate::infer) fn plus_product(self, a: Four, b: Four) -> Four {
            let mut sums = self.0;
            for (sum, (a, b)) in sums.iter_mut().zip(a.0.iter().zip(b.0)) {
                *sum += a * b;
            }
            Four(sums)
        }

        #[inline(always)]
        pub(in crate::infer) fn or_if_nan(self, other: Four) -> Four {
            let mut values = self.0;
            for (value, other) in values.iter_mut().zip(other.0) {
                *value = if value.is_nan() { other } else { *value };
            }
            Four(values)
        }

        #[inline(always)]
        pub(in crate::infer) fn at_least_zero(self) -> Four {
            Four(self.0.map(|value| if 0.0 < value { value } else { 0.0 }))
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) use array::Four;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use register::Four;

impl Four {
    /// Each lane on its own.
    #[inline(always)]
    pub(super) fn map(self, each: impl Fn(f32) -> f32) -> Four {
        Four::load(&self.to_array().map(each))
    }
}
