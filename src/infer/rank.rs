//! From scores to an order.

use super::float::exp;
use crate::broker::Table;

/// How rows are put in order. Lists that are empty say nothing; others have an element for each row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ranking<'a> {
    /// How many rows are wanted.
    pub limit: usize,
    /// What is demoted where it comes again and again.
    pub spread: &'a [Spread<'a>],
    /// What is demoted as it grows old.
    pub recency: Option<Recency<'a>>,
    /// What people decided themselves.
    pub marks: &'a [Mark],
    /// By which rows without a score are ordered, behind those with one; see [`heuristic`].
    pub otherwise: &'a [f32],
}

/// Demotion of rows whose like is shown already, as by author, type or app. Instagram tells of it for notifications
/// (engineering.fb.com, 2 September 2025).
#[derive(Clone, Copy, Debug)]
pub struct Spread<'a> {
    /// What each row is; equal numbers are alike.
    pub codes: &'a [u32],
    /// A score is multiplied by this for each row above that is alike: more than 0, less than 1.
    pub factor: f32,
}

/// Demotion by age.
#[derive(Clone, Copy, Debug)]
pub struct Recency<'a> {
    /// Of each row, in milliseconds since 1970; NaN is as old as can be.
    pub times: &'a [f64],
    /// Milliseconds since 1970.
    pub now: f64,
    /// In seconds.
    pub half_life: f64,
    /// The part of a score that age takes away in the end, between 0 and 1.
    pub weight: f64,
}

/// What a person decided about a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// Before all others, in the order in which they were given.
    Pinned,
    /// After all others.
    Muted,
}

/// A row in its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Which row it is.
    pub row: u32,
    /// Its score as it was demoted; NaN where it had none.
    pub score: f32,
}

/// The rows in order, as many as are wanted. Rows that are equal stay as they were given.
pub fn rank(scores: &[f32], ranking: &Ranking) -> Vec<Ranked> {
    let mut heap: Vec<Place> = Vec::with_capacity(scores.len());
    for row in 0..scores.len() {
        heap.push(ranking.place(scores, row));
    }
    for root in (0..heap.len() / 2).rev() {
        sift(&mut heap, root);
    }
    let mut shown: Vec<Table<u32, f32>> = Vec::new();
    shown.resize_with(ranking.spread.len(), Table::default);
    let mut ranked = Vec::new();
    while ranked.len() < ranking.limit
        && let Some(first) = heap.first_mut()
    {
        let row = first.row as usize;
        if first.tier == Tier::Scored {
            // Scores only fall, so one that is still the greatest after it was brought up to date is the next.
            let now = demoted(first.own, ranking.factor(&shown, row));
            if now < first.score {
                first.score = now;
                sift(&mut heap, 0);
                continue;
            }
        }
        let Place {
            row, score, tier, ..
        } = heap.swap_remove(0);
        sift(&mut heap, 0);
        let scored = matches!(tier, Tier::Scored);
        let own = scores.get(row as usize).copied().unwrap_or(f32::NAN);
        ranked.push(Ranked {
            row,
            score: if scored { score } else { own },
        });
        ranking.show(&mut shown, row as usize);
    }
    ranked
}

/// Before one another in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Pinned,
    Scored,
    Unscored,
    Muted,
}

#[derive(Clone, Copy)]
struct Place {
    tier: Tier,
    /// Before demotion for being alike.
    own: f32,
    score: f32,
    row: u32,
}

impl Place {
    fn before(&self, other: &Place) -> bool {
        if self.tier != other.tier {
            return self.tier < other.tier;
        }
        self.score > other.score || (self.score == other.score && self.row < other.row)
    }
}

/// Lets the place at `root` sink until none below comes before it.
fn sift(heap: &mut [Place], mut root: usize) {
    loop {
        let (left, right) = (2 * root + 1, 2 * root + 2);
        let (Some(top), Some(mut child)) = (heap.get(root), heap.get(left)) else {
            return;
        };
        let mut next = left;
        if let Some(other) = heap.get(right)
            && other.before(child)
        {
            (child, next) = (other, right);
        }
        if !child.before(top) {
            return;
        }
        heap.swap(root, next);
        root = next;
    }
}

/// Less by a factor between 0 and 1, also below 0.
fn demoted(score: f32, factor: f32) -> f32 {
    if score < 0.0 {
        (score / factor.max(f32::MIN_POSITIVE)).max(f32::MIN)
    } else {
        score * factor
    }
}

impl Ranking<'_> {
    fn place(&self, scores: &[f32], row: usize) -> Place {
        let at = |scores: &[f32]| scores.get(row).copied().filter(|score| !score.is_nan());
        let (tier, score) = match (self.marks.get(row), at(scores)) {
            (Some(Mark::Pinned), _) => (Tier::Pinned, 0.0),
            (Some(Mark::Muted), score) => (Tier::Muted, score.unwrap_or(f32::NEG_INFINITY)),
            (_, Some(score)) => (Tier::Scored, demoted(score, self.freshness(row))),
            (_, None) => (
                Tier::Unscored,
                at(self.otherwise).unwrap_or(f32::NEG_INFINITY),
            ),
        };
        Place {
            tier,
            own: score,
            score,
            row: row as u32,
        }
    }

    fn freshness(&self, row: usize) -> f32 {
        let Some(recency) = self.recency else {
            return 1.0;
        };
        let time = recency.times.get(row).copied().unwrap_or(f64::NAN);
        let weight = if recency.weight > 0.0 {
            recency.weight.min(1.0)
        } else {
            0.0
        };
        (1.0 - weight + weight * decay(recency.now - time, recency.half_life)) as f32
    }

    /// What is left of a row's score after what is shown already.
    fn factor(&self, shown: &[Table<u32, f32>], row: usize) -> f32 {
        let mut factor = 1.0;
        for (spread, shown) in self.spread.iter().zip(shown) {
            let left = spread.codes.get(row).and_then(|code| shown.get(code));
            factor *= left.copied().unwrap_or(1.0);
        }
        factor
    }

    fn show(&self, shown: &mut [Table<u32, f32>], row: usize) {
        for (spread, shown) in self.spread.iter().zip(shown) {
            if let Some(code) = spread.codes.get(row) {
                let left = shown.get(code).copied().unwrap_or(1.0);
                let sound = spread.factor > 0.0 && spread.factor < 1.0;
                shown.insert(*code, if sound { left * spread.factor } else { left });
            }
        }
    }
}

/// Between 1 for now (or later) and 0; 0 for an age that is not known.
fn decay(milliseconds: f64, half_life: f64) -> f64 {
    let halves = milliseconds.max(0.0) / 1000.0 / half_life;
    if milliseconds.is_nan() || halves.is_nan() {
        return 0.0;
    }
    exp(-core::f64::consts::LN_2 * halves)
}

/// A score without a model: each step of priority counts as much as one half-life of youth. Priorities that are not
/// known count as 0, ages that are not known as one half-life.
pub fn heuristic(priority: f64, milliseconds: f64, half_life: f64) -> f32 {
    let priority = if priority.is_nan() {
        0.0
    } else {
        priority.clamp(-60.0, 60.0)
    };
    let young = if milliseconds.is_nan() {
        0.5
    } else {
        decay(milliseconds, half_life)
    };
    (exp(core::f64::consts::LN_2 * priority) * young) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(scores: &[f32], ranking: &Ranking) -> Vec<u32> {
        rank(scores, ranking)
            .iter()
            .map(|ranked| ranked.row)
            .collect()
    }

    const ALL: Ranking = Ranking {
        limit: usize::MAX,
        spread: &[],
        recency: None,
        marks: &[],
        otherwise: &[],
    };

    #[test]
    fn greatest_first_and_equals_as_given() {
        let scores = [0.1, 0.5, 0.5, 0.9, 0.5];
        assert_eq!(rows(&scores, &ALL), [3, 1, 2, 4, 0]);
        assert_eq!(rows(&scores, &Ranking { limit: 2, ..ALL }), [3, 1]);
        assert!(rows(&[], &ALL).is_empty());
    }

    #[test]
    fn pinned_scored_unscored_muted() {
        let scores = [0.9, f32::NAN, 0.1, 0.2, f32::NAN];
        let marks = [
            Mark::Muted,
            Mark::None,
            Mark::Pinned,
            Mark::None,
            Mark::None,
        ];
        let ranking = Ranking {
            marks: &marks,
            otherwise: &[0.0, 1.0, 0.0, 0.0, 2.0],
            ..ALL
        };
        assert_eq!(rows(&scores, &ranking), [2, 3, 4, 1, 0]);
    }

    /// The same as choosing the best of all that are left, again and again.
    #[test]
    fn demotion_is_greedy() {
        let mut seed = 7_u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        for _ in 0..200 {
            let count = (next() % 40) as usize;
            let scores: Vec<f32> = (0..count)
                .map(|_| (next() % 20) as f32 / 10.0 - 0.5)
                .collect();
            let authors: Vec<u32> = (0..count).map(|_| next() % 4).collect();
            let kinds: Vec<u32> = (0..count).map(|_| next() % 3).collect();
            let spread = [
                Spread {
                    codes: &authors,
                    factor: 0.5,
                },
                Spread {
                    codes: &kinds,
                    factor: 0.75,
                },
            ];
            let mut left: Vec<usize> = (0..count).collect();
            let mut expected: Vec<u32> = Vec::new();
            while !left.is_empty() {
                let now = |row: usize| {
                    let alike = |codes: &[u32]| {
                        expected
                            .iter()
                            .filter(|other| codes[**other as usize] == codes[row])
                            .count() as i32
                    };
                    demoted(
                        scores[row],
                        0.5_f32.powi(alike(&authors)) * 0.75_f32.powi(alike(&kinds)),
                    )
                };
                let best = (0..left.len())
                    .reduce(|best, at| {
                        if now(left[at]) > now(left[best]) {
                            at
                        } else {
                            best
                        }
                    })
                    .unwrap();
                expected.push(left.remove(best) as u32);
            }
            assert_eq!(
                rows(
                    &scores,
                    &Ranking {
                        spread: &spread,
                        ..ALL
                    }
                ),
                expected
            );
        }
    }

    #[test]
    fn age_demotes() {
        let hours = |hours: f64| hours * 3_600_000.0;
        let times = [hours(100.0), hours(90.0), f64::NAN, hours(101.0)];
        let recency = Recency {
            times: &times,
            now: hours(100.0),
            half_life: 36_000.0,
            weight: 0.5,
        };
        let ranked = rank(
            &[0.8, 0.8, 0.8, 0.5],
            &Ranking {
                recency: Some(recency),
                ..ALL
            },
        );
        let scores: Vec<(u32, f32)> = ranked
            .iter()
            .map(|ranked| (ranked.row, ranked.score))
            .collect();
        assert_eq!(scores, [(0, 0.8), (1, 0.6), (3, 0.5), (2, 0.4)]);
    }

    #[test]
    fn odd_numbers_are_no_reason_to_fail() {
        let scores = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -0.0, 0.0];
        let spread = [Spread {
            codes: &[1, 1, 1],
            factor: f32::NAN,
        }];
        let recency = Recency {
            times: &[f64::NAN],
            now: f64::INFINITY,
            half_life: 0.0,
            weight: f64::NAN,
        };
        let ranking = Ranking {
            spread: &spread,
            recency: Some(recency),
            ..ALL
        };
        let mut all = rows(&scores, &ranking);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn without_a_model() {
        let day = 86_400_000.0;
        assert_eq!(heuristic(0.0, 0.0, 86_400.0), 1.0);
        assert!((heuristic(1.0, day, 86_400.0) - 1.0).abs() < 1e-6);
        assert_eq!(heuristic(f64::NAN, f64::NAN, 86_400.0), 0.5);
        assert!(heuristic(f64::INFINITY, -1.0, 86_400.0).is_finite());
    }
}
