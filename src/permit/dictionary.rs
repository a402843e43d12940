//! Texts and their numbers.

/// Gives every different text a number, from 0 upwards. Numbers stay as long as the dictionary does.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    text: String,
    ends: Vec<u32>,
    /// Numbers plus one, by hash; 0 where there is none. Its length is a power of two, or 0.
    places: Vec<u32>,
}

/// FNV-1a, 32 bits.
fn hash(text: &str) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in text.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    (hash ^ (hash >> 15)) as usize
}

impl Dictionary {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a number; empty if it has none.
    pub(super) fn text(&self, number: usize) -> &str {
        let start = match number {
            0 => 0,
            _ => self.ends.get(number - 1).copied().unwrap_or(0),
        };
        let end = self.ends.get(number).copied().unwrap_or(0);
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// The number of a text, a new one if it has none yet.
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if self.places.len() <= 2 * self.ends.len() {
            self.grow();
        }
        let mut at = hash(text);
        let number = self.ends.len() as u32;
        loop {
            at &= self.places.len() - 1;
            match self.places.get(at) {
                Some(0) | None => break,
                Some(place) if self.text(*place as usize - 1) == text => return place - 1,
                _ => at += 1,
            }
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = number + 1;
        }
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        number
    }

    fn grow(&mut self) {
        let size = (4 * self.ends.len()).next_power_of_two().max(16);
        let mut places = vec![0; size];
        for number in 0..self.ends.len() {
            let mut at = hash(self.text(number)) & (size - 1);
            while places.get(at).is_some_and(|place| *place != 0) {
                at = (at + 1) & (size - 1);
            }
            if let Some(place) = places.get_mut(at) {
                *place = number as u32 + 1;
            }
        }
        self.places = places;
    }
}

#[cfg(test)]
mod tests {
    use super::Dictionary;

    #[test]
    fn every_text_has_one_number() {
        let mut dictionary = Dictionary::default();
        let texts: Vec<String> = (0..1_000).map(|n| ["t"; 3].join(&n.to_string())).collect();
        for _ in 0..2 {
            for (number, text) in texts.iter().enumerate() {
                assert_eq!(dictionary.intern(text) as usize, number);
            }
        }
        assert_eq!(dictionary.intern(""), 1_000);
        assert_eq!(dictionary.text(7), "t7t7t");
        assert_eq!([dictionary.text(1_000), dictionary.text(9_999)], ["", ""]);
        assert_eq!(dictionary.len(), 1_001);
    }
}
