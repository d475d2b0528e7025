//! The verbs: what a door can ask the registry to do.
