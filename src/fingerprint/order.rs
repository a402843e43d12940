//! One small sort for the whole core: the standard ones are compiled anew for each type, some kilobytes each.

/// Up to so many items are put in their places one by one, which takes half the comparisons and then too many.
const FEW: usize = 16;

/// The order in which `count` items are to be taken, by heapsort if they are many. `less` compares two of them by place;
/// items that are neither less stay in the order they had.
pub(crate) fn order(count: usize, less: &dyn Fn(u32, u32) -> bool) -> Vec<u32> {
    let mut places: Vec<u32> = (0..count as u32).collect();
    if count <= FEW {
        for end in 1..count {
            let mut at = end;
            while at > 0 && less(places[at], places[at - 1]) {
                places.swap(at, at - 1);
                at -= 1;
            }
        }
        return places;
    }
    let before = |a: u32, b: u32| less(a, b) || (!less(b, a) && a < b);
    for root in (0..count / 2).rev() {
        sift(&mut places, root, &before);
    }
    for end in (1..count).rev() {
        places.swap(0, end);
        sift(&mut places[..end], 0, &before);
    }
    places
}

/// Lets the item at `root` sink until no child comes after it.
fn sift(heap: &mut [u32], mut root: usize, before: &dyn Fn(u32, u32) -> bool) {
    loop {
        let mut child = 2 * root + 1;
        if child >= heap.len() {
            return;
        }
        if child + 1 < heap.len() && before(heap[child], heap[child + 1]) {
            child += 1;
        }
        if !before(heap[root], heap[child]) {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, order};

    #[test]
    fn sorts_and_keeps_equals_in_place() {
        let items = [3, 1, 2, 3, 1, 0, 2];
        let sorted = order(items.len(), &|a, b| items[a as usize] < items[b as usize]);
        assert_eq!(sorted, [5, 1, 4, 2, 6, 0, 3]);
        assert!(order(0, &|_, _| false).is_empty());
        for count in [FEW, FEW + 1, 100] {
            let items: Vec<u32> = (0..count as u32).map(|number| number * 7 % 10).collect();
            let mut sorted: Vec<u32> = (0..count as u32).collect();
            sorted.sort_by_key(|place| items[*place as usize]);
            let less = |a: u32, b: u32| items[a as usize] < items[b as usize];
            assert_eq!(order(count, &less), sorted);
        }
    }
}
