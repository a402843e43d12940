//! GraphQL: what is the same, what is contained, and the union of several.
