//! A matrix whose weights are bytes with one scale for each 32 of them (q8_0), times one vector at a time.
//!
//! The blocks and their dot product are candle's; its product of whole tensors is not used, because that one
//! goes through a process-wide pool of spinning threads which serves one caller at a time. Here a product
//! runs on the calling thread and nowhere else.

use candle_core::quantized::GgmlType;
use candle_core::quantized::k_quants::BlockQ8_0;

/// Weights to a block.
pub(super) const BLOCK: usize = BlockQ8_0::BLCK_SIZE;

/// A matrix of `rows` by `columns`; `columns` is a multiple of [`BLOCK`].
pub(super) struct Matrix {
    columns: usize,
    blocks: Vec<BlockQ8_0>,
}

impl Matrix {
    /// Quantizes row-major `values`.
    pub(super) fn new(values: &[f32], columns: usize) -> Self {
        debug_assert!(columns.is_multiple_of(BLOCK) && values.len().is_multiple_of(columns));
        let mut blocks = vec![BlockQ8_0::zeros(); values.len() / BLOCK];
        BlockQ8_0::from_float(values, &mut blocks);
        Self { columns, blocks }
    }

    /// The product with `vector` (as long as a row), into `out` (one value a row).
    pub(super) fn times(&self, vector: &[f32], out: &mut [f32]) {
        debug_assert_eq!(vector.len(), self.columns);
        debug_assert_eq!(out.len() * self.columns, self.blocks.len() * BLOCK);
        let mut quantized = vec![BlockQ8_0::zeros(); vector.len() / BLOCK];
        BlockQ8_0::from_float(vector, &mut quantized);
        let rows = self.blocks.chunks_exact(self.columns / BLOCK);
        for (out, row) in out.iter_mut().zip(rows) {
            *out = BlockQ8_0::vec_dot(self.columns, row, &quantized);
        }
    }

    /// Row `row` as it was before, to within the rounding of its blocks.
    pub(super) fn row(&self, row: usize, out: &mut [f32]) {
        let width = self.columns / BLOCK;
        BlockQ8_0::to_float(&self.blocks[row * width..(row + 1) * width], out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_that_of_the_plain_matrix_to_within_the_rounding() {
        let values: Vec<f32> = (0..5 * 64).map(|i| (i as f32 * 0.71).sin()).collect();
        let vector: Vec<f32> = (0..64).map(|i| (i as f32 * 0.13).cos()).collect();
        let matrix = Matrix::new(&values, 64);
        let mut out = [0.0; 5];
        matrix.times(&vector, &mut out);
        for (row, out) in values.chunks(64).zip(out) {
            let plain: f32 = row.iter().zip(&vector).map(|(a, b)| a * b).sum();
            assert!((out - plain).abs() < 0.1, "{out} {plain}");
        }
        let mut row = [0.0; 64];
        matrix.row(3, &mut row);
        for (got, want) in row.iter().zip(&values[192..256]) {
            assert!((got - want).abs() < 0.005);
        }
    }
}
