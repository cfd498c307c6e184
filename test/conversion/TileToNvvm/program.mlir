// RUN: tenon-opt %s --lower-tile-to-llvm --cuda-generate-ptx --split-input-file | FileCheck %s

// CHECK: .entry kernel(
// CHECK-SAME: .reqntid 384
// CHECK-SAME: .minnctapersm 1
// CHECK-SAME: .reqnctapercluster 2
tile.kernel @kernel() attributes {threads = 384 : i64, cluster = 2 : i64} {
  tile.return
}

// -----

// 168 registers a thread at launch: the producer gives some back, consumers take them.
// CHECK: .entry roles(
// CHECK: shfl.sync.idx.b32
// CHECK: setmaxnreg.inc.sync.aligned.u32 \09232;
// CHECK: bar.sync {{.*}}, 128;
// CHECK: setmaxnreg.dec.sync.aligned.u32 \0940;
tile.kernel @roles(%t: !tile.descriptor<64x64xf16, swizzle = 128>) attributes {threads = 384 : i64} {
  tile.roles {
    tile.role "producer" warpgroups(1) registers(40) {
    ^bb0(%i: i32):
      tile.elect {
        tile.prefetch %t : !tile.descriptor<64x64xf16, swizzle = 128>
      }
    }
    tile.role "consumer" warpgroups(2) registers(232) {
    ^bb0(%i: i32):
      tile.sync warpgroup
    }
  }
  tile.return
}

// -----

// The barrier of a role of several warpgroups; one of a single warpgroup has that of its warpgroup.
// CHECK: .entry role_sync(
// CHECK-DAG: bar.sync \0910, 256;
// CHECK-DAG: bar.sync {{.*}}, 128;
tile.kernel @role_sync() attributes {threads = 384 : i64} {
  tile.roles {
    tile.role "producer" warpgroups(1) {
    ^bb0(%i: i32):
      tile.sync role
    }
    tile.role "consumer" warpgroups(2) {
    ^bb0(%i: i32):
      tile.sync role
    }
  }
  tile.return
}

// -----

// CHECK: .entry sync(
// CHECK: bar.sync \090;
// CHECK: barrier.cluster.arrive.aligned;
// CHECK: barrier.cluster.wait.aligned;
// CHECK: griddepcontrol.wait;
// CHECK: griddepcontrol.launch_dependents;
tile.kernel @sync() attributes {cluster = 2 : i64} {
  tile.sync cta
  tile.sync cluster
  tile.wait_dependency
  tile.launch_dependents
  tile.return
}
