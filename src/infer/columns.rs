//! The matrix that models read: column after column, in single precision.

/// A matrix of features. The rows of a column follow one another, padded with zeros to a multiple of four, so that
/// four rows can be taken at once.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    rows: usize,
    stride: usize,
    values: Vec<f32>,
}

impl Columns {
    /// All zeros.
    pub fn new(rows: usize, columns: usize) -> Columns {
        let mut matrix = Columns::default();
        matrix.reset(rows, columns);
        matrix
    }

    /// From rows that follow one another; those that are not whole are left out.
    pub fn from_rows(rows: &[f32], columns: usize) -> Columns {
        let count = rows.len().checked_div(columns).unwrap_or(0);
        let mut matrix = Columns::new(count, columns);
        for (row, values) in rows.chunks_exact(columns.max(1)).enumerate() {
            for (column, value) in values.iter().enumerate() {
                matrix.set(row, column, *value);
            }
        }
        matrix
    }

    /// Makes it another matrix of zeros in the same memory.
    pub fn reset(&mut self, rows: usize, columns: usize) {
        self.rows = rows;
        self.stride = rows.next_multiple_of(4);
        self.values.clear();
        self.values.resize(self.stride * columns, 0.0);
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How far apart the first rows of neighbouring columns are: the rows, padded to a multiple of four.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.values.len().checked_div(self.stride).unwrap_or(0)
    }

    /// All values, padding and all.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, for a page to write.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// A column with its padding; empty if there is none.
    pub fn column(&self, column: usize) -> &[f32] {
        let start = column.saturating_mul(self.stride);
        self.values
            .get(start..start.saturating_add(self.stride))
            .unwrap_or(&[])
    }

    pub(super) fn column_mut(&mut self, column: usize) -> &mut [f32] {
        let start = column.saturating_mul(self.stride);
        self.values
            .get_mut(start..start.saturating_add(self.stride))
            .unwrap_or(&mut [])
    }

    /// One value; NaN outside of the matrix.
    pub fn get(&self, row: usize, column: usize) -> f32 {
        self.column(column).get(row).copied().unwrap_or(f32::NAN)
    }

    /// Writes one value; outside of the matrix, nothing.
    pub fn set(&mut self, row: usize, column: usize, value: f32) {
        if let Some(place) = self.column_mut(column).get_mut(row) {
            *place = value;
        }
    }

    pub(super) fn has_nan(&self) -> bool {
        // A sum is NaN if a part is, and otherwise only where infinities meet; a branch for each value costs more.
        let mut sum = 0.0;
        for value in &self.values {
            sum += value * 0.0;
        }
        sum != 0.0 || f32::is_nan(sum)
    }
}
