//! Held against `kubectl kustomize`, and by hand where it says nothing.

mod corpus;
mod fuzz;
mod judge;
mod overlays;
mod places;
