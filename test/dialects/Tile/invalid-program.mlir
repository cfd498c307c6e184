// RUN: tenon-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{expected a multiple of 128 threads up to 1024, got 100}}
tile.kernel @kernel_c1() attributes {threads = 100 : i64} {
  tile.return
}

// -----

// expected-error @+1 {{expected a cluster of 1, 2, 4 or 8, got 3}}
tile.kernel @kernel_c1_cluster() attributes {cluster = 3 : i64} {
  tile.return
}

// -----

tile.kernel @kernel_c2() {
  // expected-error @+1 {{expected one tile.init of the barriers, got 0}}
  %b = tile.alloc_barriers : !tile.barriers<4>
  tile.return
}

// -----

// expected-error @+1 {{expected tile.sync cluster at the end, or tile.drain, of a kernel whose CTAs reach each other's memory}}
tile.kernel @kernel_c3(%i: i32) attributes {cluster = 2 : i64} {
  %b = tile.alloc_barriers : !tile.barriers<4, arrivals = 2>
  tile.init %b : !tile.barriers<4, arrivals = 2>
  tile.elect {
    tile.arrive %b[%i] cluster : !tile.barriers<4, arrivals = 2>
  }
  tile.return
}

// -----

// A role that drains a ring before its own last arrival there.
// expected-error @+1 {{expected tile.sync cluster at the end, or tile.drain, of a kernel whose CTAs reach each other's memory}}
tile.kernel @kernel_c3_drain(%i: i32) attributes {cluster = 2 : i64} {
  %b = tile.alloc_barriers : !tile.barriers<4, arrivals = 2>
  tile.init %b : !tile.barriers<4, arrivals = 2>
  tile.elect {
    tile.drain %b[%i] : !tile.barriers<4, arrivals = 2>
    tile.arrive %b[%i] cluster : !tile.barriers<4, arrivals = 2>
  }
  tile.return
}

// -----

// Warpgroups that take turns arrive one for each use.
tile.kernel @kernel_c4_turns(%i: i32) attributes {threads = 256 : i64} {
  // expected-error @+1 {{expected 2 arrivals at each use, got 1}}
  %b = tile.alloc_barriers turns : !tile.barriers<4, arrivals = 2>
  tile.init %b : !tile.barriers<4, arrivals = 2>
  tile.roles {
    tile.role "consumer" warpgroups(2) {
    ^bb0(%w: i32):
      tile.elect {
        tile.arrive %b[%i] : !tile.barriers<4, arrivals = 2>
      }
    }
  }
  tile.return
}

// -----

// Two warpgroups arrive, so a phase would need three of them for ever.
tile.kernel @kernel_c4(%i: i32) attributes {threads = 256 : i64} {
  // expected-error @+1 {{expected 3 arrivals at each use, got 2}}
  %b = tile.alloc_barriers : !tile.barriers<4, arrivals = 3>
  tile.init %b : !tile.barriers<4, arrivals = 3>
  tile.elect {
    tile.arrive %b[%i] : !tile.barriers<4, arrivals = 3>
  }
  tile.return
}

// -----

tile.kernel @roles_c1() {
  tile.roles {
    // expected-error @+1 {{expected tile.role inside of tile.roles}}
    tile.fence
  }
  tile.return
}

// -----

tile.kernel @roles_c2() attributes {threads = 384 : i64} {
  // expected-error @+1 {{expected roles for 3 warpgroups, got 1}}
  tile.roles {
    tile.role "all" warpgroups(1) {
    ^bb0(%i: i32):
    }
  }
  tile.return
}

// -----

tile.kernel @roles_c3() attributes {threads = 512 : i64} {
  // expected-error @+1 {{expected at most 65536 registers, got 81920}}
  tile.roles {
    tile.role "all" warpgroups(4) registers(160) {
    ^bb0(%i: i32):
    }
  }
  tile.return
}

// -----

// A role without a number keeps the 168 of the launch: nothing is left for the other one.
tile.kernel @roles_c3_launch() attributes {threads = 384 : i64} {
  // expected-error @+1 {{expected at most 64512 registers, got 72704}}
  tile.roles {
    tile.role "producer" warpgroups(1) {
    ^bb0(%i: i32):
    }
    tile.role "consumer" warpgroups(2) registers(200) {
    ^bb0(%i: i32):
    }
  }
  tile.return
}

// -----

tile.kernel @role_c1() {
  tile.roles {
    // expected-error @+1 {{expected a multiple of 8 registers from 24 to 256, got 100}}
    tile.role "all" warpgroups(1) registers(100) {
    ^bb0(%i: i32):
    }
  }
  tile.return
}

// -----

tile.kernel @role_c1_warpgroups() {
  tile.roles {
    // expected-error @+1 {{expected 1 to 8 warpgroups, got 9}}
    tile.role "all" warpgroups(9) {
    ^bb0(%i: i32):
    }
  }
  tile.return
}

// -----

tile.kernel @role_c2() {
  tile.roles {
    // expected-error @+1 {{expected a body that takes one i32}}
    tile.role "all" warpgroups(1) {
    }
  }
  tile.return
}

// -----

tile.kernel @sync_c1() {
  tile.elect {
    // expected-error @+1 {{expected to stand outside of tile.elect: its other threads never come}}
    tile.sync warpgroup
  }
  tile.return
}

// -----

tile.kernel @sync_c1_no_role() {
  // expected-error @+1 {{expected to stand in a tile.role}}
  tile.sync role
  tile.return
}

// -----

tile.kernel @sync_c1_role() {
  tile.roles {
    tile.role "all" warpgroups(1) {
    ^bb0(%i: i32):
      // expected-error @+1 {{expected to stand outside of tile.role: other roles never come}}
      tile.sync cta
    }
  }
  tile.return
}
