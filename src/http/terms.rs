//! What the host shell says about keeping answers, and for how long that is.

/// What the host shell declared about keeping the answers of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Milliseconds an answer is fresh, whatever its headers say; `no-store` still holds.
    pub ttl: Option<u64>,
    /// Milliseconds an answer is fresh when its headers say nothing.
    pub otherwise: Option<u64>,
    /// Never keep an answer.
    pub never_store: bool,
    /// What the host makes of answers that say `no-store`.
    pub no_store: NoStore,
    /// Keep it as long as there is anything else that can make room.
    pub pinned: bool,
}

/// What the host shell makes of answers that say `no-store`, by its own word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoStore {
    /// What they say: each caller asks for its own as long as it is remembered that they say so.
    #[default]
    Obey,
    /// Who asks while one is on its way may share it. It is not kept.
    Share,
    /// The same; and answers to GraphQL queries are kept in memory, never on disk, for the time that the host gives.
    Keep,
}

/// How long a kept answer may be used, in milliseconds from its arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Fresh for so long.
    pub fresh: u64,
    /// After that, usable for so long while it is revalidated behind.
    pub stale: u64,
}
