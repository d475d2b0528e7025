//! JSON Schema: the embedded schemas of every kind of file, compiling, validating, pointers.
