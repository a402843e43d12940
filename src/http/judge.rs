//! May this answer be kept, and for how long is it the truth?

use super::Head;
use super::directives::{
    Directives, MUST_REVALIDATE, NO_CACHE, NO_STORE, WHILE_REVALIDATE, members,
};
use super::freshness::{Said, expires, initial_age, lifetime};

/// What the host shell declared about keeping the answers of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Milliseconds an answer is fresh, whatever its headers say; `no-store` still holds.
    pub ttl: Option<u64>,
    /// Milliseconds an answer is fresh when its headers say nothing.
    pub otherwise: Option<u64>,
    /// Never keep an answer.
    pub never_store: bool,
}

/// How long a kept answer may be used, in milliseconds from its arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Fresh for so long.
    pub fresh: u64,
    /// After that, usable for so long while it is revalidated behind.
    pub stale: u64,
}

/// What may be done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Keep it.
    For(Lifetime),
    /// Give it to all who wait for it now, and forget it.
    Pass,
    /// As `Pass`; and whoever asks for the like in the next while should not wait for a shared answer.
    Unshareable,
}

/// Decides by RFC 9111 §3 and §4.2. `keyed(name)` says whether a request header that `Vary` names is part of
/// the key already, or cannot differ within one person's page.
pub fn judge(head: &Head, terms: &Terms, keyed: impl Fn(&str) -> bool) -> Keep {
    let said = Directives::parse(head.cache_control.as_deref().unwrap_or(""));
    let varies =
        members(head.vary.as_deref().unwrap_or("")).any(|name| name == "*" || !keyed(name));
    if said.says(NO_STORE) || varies {
        return Keep::Unshareable;
    }
    if terms.never_store || !is_final_and_whole(head.status) {
        return Keep::Pass;
    }
    let stale = if said.says(MUST_REVALIDATE) {
        0
    } else {
        said.ms(WHILE_REVALIDATE)
    };
    if let Some(fresh) = terms.ttl.filter(|_| head.status < 400) {
        return Keep::For(Lifetime { fresh, stale });
    }
    if said.says(NO_CACHE) {
        return Keep::Pass;
    }
    let said = Said {
        status: head.status,
        directives: &said,
        expires: expires(head),
        last_modified: None,
    };
    let lifetime = lifetime(&said, head, terms.otherwise).unwrap_or(0);
    let age = initial_age(head);
    let fresh = lifetime.saturating_sub(age);
    let stale = lifetime.saturating_add(stale).saturating_sub(age) - fresh;
    match fresh + stale {
        0 => Keep::Pass,
        _ => Keep::For(Lifetime { fresh, stale }),
    }
}

/// Statuses whose answer stands for the resource (RFC 9111 §3).
fn is_final_and_whole(status: u16) -> bool {
    matches!(status, 200 | 203 | 204 | 301 | 308 | 404 | 410)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(cache_control: &str) -> Head {
        Head {
            status: 200,
            arrived: 784_111_777_000,
            cache_control: Some(cache_control.into()),
            ..Head::default()
        }
    }

    fn verdict(head: &Head) -> Keep {
        judge(head, &Terms::default(), |name| {
            name.eq_ignore_ascii_case("accept")
        })
    }

    fn fresh(ms: u64) -> Keep {
        Keep::For(Lifetime {
            fresh: ms,
            stale: 0,
        })
    }

    #[test]
    fn max_age_less_age() {
        assert_eq!(verdict(&head("private, max-age=60")), fresh(60_000));
        assert_eq!(
            verdict(&Head {
                age: Some("50".into()),
                ..head("max-age=60")
            }),
            fresh(10_000)
        );
        assert_eq!(
            verdict(&Head {
                age: Some("70".into()),
                ..head("max-age=60")
            }),
            Keep::Pass
        );
    }

    #[test]
    fn expires_counts_from_the_servers_own_date() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun, 06 Nov 1994 08:50:37 GMT";
        let with = |expires: &str| Head {
            cache_control: None,
            date: Some(date.into()),
            expires: Some(expires.into()),
            ..head("")
        };
        assert_eq!(verdict(&with(later)), fresh(60_000));
        assert_eq!(verdict(&with("0")), Keep::Pass);
        assert_eq!(
            verdict(&Head {
                expires: Some(later.into()),
                ..head("max-age=5")
            }),
            fresh(5_000)
        );
    }

    #[test]
    fn what_may_not_be_shared() {
        assert_eq!(verdict(&head("no-store, max-age=60")), Keep::Unshareable);
        assert_eq!(
            verdict(&Head {
                vary: Some("Accept, X-Tenant".into()),
                ..head("max-age=60")
            }),
            Keep::Unshareable
        );
        assert_eq!(
            verdict(&Head {
                vary: Some("*".into()),
                ..head("max-age=60")
            }),
            Keep::Unshareable
        );
        assert_eq!(
            verdict(&Head {
                vary: Some("accept".into()),
                ..head("max-age=60")
            }),
            fresh(60_000)
        );
    }

    #[test]
    fn what_is_not_kept() {
        assert_eq!(verdict(&head("no-cache")), Keep::Pass);
        assert_eq!(verdict(&head("")), Keep::Pass);
        assert_eq!(
            verdict(&Head {
                status: 500,
                ..head("max-age=60")
            }),
            Keep::Pass
        );
        assert_eq!(
            verdict(&Head {
                status: 206,
                ..head("max-age=60")
            }),
            Keep::Pass
        );
    }

    #[test]
    fn the_hosts_terms() {
        let ttl = Terms {
            ttl: Some(5_000),
            ..Terms::default()
        };
        assert_eq!(judge(&head("no-cache"), &ttl, |_| true), fresh(5_000));
        assert_eq!(judge(&head("no-store"), &ttl, |_| true), Keep::Unshareable);
        let never = Terms {
            never_store: true,
            ..ttl
        };
        assert_eq!(judge(&head("max-age=60"), &never, |_| true), Keep::Pass);
    }

    #[test]
    fn stale_while_revalidate() {
        let expected = Keep::For(Lifetime {
            fresh: 1_000,
            stale: 30_000,
        });
        assert_eq!(
            verdict(&head("max-age=1, stale-while-revalidate=30")),
            expected
        );
        assert_eq!(
            verdict(&head(
                "max-age=1, stale-while-revalidate=30, must-revalidate"
            )),
            fresh(1_000)
        );
    }
}
