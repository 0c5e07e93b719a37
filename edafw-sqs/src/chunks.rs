//! Splitting what is sent into requests that AWS takes.

use std::ops::Range;

/// Entries of one batch request, at most.
pub(crate) const ENTRIES: usize = 10;

/// Ranges of at most ten entries and `most` bytes together. An entry that is larger alone is left out.
pub(crate) fn by_size(sizes: &[usize], most: usize) -> Vec<Range<usize>> {
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut filled = 0;
    for (index, &size) in sizes.iter().enumerate().filter(|(_, size)| **size <= most) {
        match chunks.last_mut() {
            Some(chunk) if chunk.end == index && chunk.len() < ENTRIES && filled + size <= most => {
                chunk.end += 1;
                filled += size;
            }
            _ => {
                chunks.push(index..index + 1);
                filled = size;
            }
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::by_size;

    #[test]
    fn ten_at_a_time_and_no_more_than_fits() {
        assert_eq!(by_size(&[], 10), []);
        assert_eq!(by_size(&[1; 23], 100), [0..10, 10..20, 20..23]);
        assert_eq!(by_size(&[4, 4, 4, 2, 8], 10), [0..2, 2..4, 4..5]);
        assert_eq!(by_size(&[10, 10], 10), [0..1, 1..2]);
    }

    #[test]
    fn what_is_too_large_is_left_out() {
        assert_eq!(by_size(&[4, 11, 4], 10), [0..1, 2..3]);
        assert_eq!(by_size(&[11], 10), []);
    }
}
