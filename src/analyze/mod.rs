//! From an app's sources to its [`fragment`]: what it asks for, where, and on which route.

pub mod fragment;
