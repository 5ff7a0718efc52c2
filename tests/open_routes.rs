//! open_routes
