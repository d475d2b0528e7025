//! YAML text to registry and back: reading, loading, writing, importing.
