//! Approvals as the server tells of them and holds to them.

mod attacks;
mod audit;
mod codeowners;
mod desk;
mod late;
mod properties;
mod proposals;
mod rights;
mod root;
mod status;
