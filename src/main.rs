//! The `promptreg` binary.

/// A registry is many small values, made on all cores at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    promptreg::cli::run()
}
