//! What makes two GraphQL operations the same, what is contained in what, and the union of several.
//!
//! The room is still empty: operations go out as the bodies they are, shared only where a rule says so.
