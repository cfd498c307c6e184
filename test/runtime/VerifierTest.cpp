// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One test for each rule of docs/engine-format.md: an engine that breaks it (with right hashes) is refused with its label.
#include "test/runtime/SpoiledEngine.h"

using namespace tenon::test;

namespace {

TEST(Verifier, AcceptsTheEngineThatTheOthersSpoil) { expectOk(openFile(makeAddEngine().finish())); }

TEST(Verifier, H1) {
  expectInvalid("H1: expected a header of version 4, got version 5", [](EngineBuilder &b) { b.engine.version = 5; }, "TENON_WRONG_VERSION");
  expectInvalid("H1: the engine has no target", [](EngineBuilder &b) { b.engine.targets.clear(); });
}

TEST(Verifier, H2) {
  expectInvalid("H2: segment 0 has unknown kind 7", [](EngineBuilder &b) { b.engine.segments[0]->kind = fb::SegmentKind(7); });
  // Offsets, sizes and hashes are set by `finish`: change them in the file.
  EngineBuilder builder = makeAddEngine();
  auto spoil = [&](const std::function<void(fb::Segment *)> &change) {
    std::vector<uint8_t> file = builder.finish();
    uint8_t *header = file.data() + fb::decodePreamble(file.data()).headerOffset;
    auto *segments = const_cast<flatbuffers::Vector<flatbuffers::Offset<fb::Segment>> *>(fb::GetEngine(header)->segments());
    change(segments->GetMutableObject(0));
    rehash(file);
    return openFile(file);
  };
  auto set = [](fb::Segment *segment, flatbuffers::voffset_t field, uint64_t value) {
    *reinterpret_cast<uint64_t *>(const_cast<uint8_t *>(reinterpret_cast<flatbuffers::Table *>(segment)->GetAddressOf(field))) = value;
  };
  expectError(spoil([&](fb::Segment *s) { set(s, fb::Segment::VT_OFFSET, 8192); }), "TENON_INVALID_ENGINE",
              "H2: segment 0: expected offset 4096, got 8192");
  expectError(spoil([&](fb::Segment *s) { set(s, fb::Segment::VT_SIZE, 1 << 20); }), "TENON_INVALID_ENGINE",
              "H2: segment 0 of 1048576 bytes runs into");
  expectError(spoil([&](fb::Segment *s) { set(s, fb::Segment::VT_SIZE, 1); }), "TENON_INVALID_ENGINE", "H2: expected the header at");
  expectError(spoil([&](fb::Segment *s) { const_cast<uint8_t *>(s->hash()->data())[5] ^= 1; }), "TENON_CORRUPT_ENGINE",
              "does not match its hash");
}

TEST(Verifier, H3) {
  expectInvalid("H3: input 0 has unsupported element type 17",
                [](EngineBuilder &b) { b.engine.inputs[0]->type = fb::ElementType::string; });
  expectInvalid("H3: output 0 has unsupported element type 99", [](EngineBuilder &b) { b.engine.outputs[0]->type = fb::ElementType(99); });
  expectInvalid("H3: input 1: expected at most 64 dims, got 65", [](EngineBuilder &b) {
    b.engine.inputs[1]->dims.assign(65, 1);
    b.engine.inputs[1]->dim_names.clear();
  });
  expectInvalid("H3: input 0: expected 1 dim names, got 2", [](EngineBuilder &b) { b.engine.inputs[0]->dim_names.push_back("m"); });
  expectInvalid("H3: input 0: expected dims of at least -1, got -4", [](EngineBuilder &b) { b.engine.inputs[0]->dims[0] = -4; });
  expectInvalid("H3: two inputs have the same name", [](EngineBuilder &b) { b.engine.inputs[1]->name = "a"; });
}

TEST(Verifier, H4) {
  expectInvalid("H4: symbol 0: expected 0 <= minimum <= maximum, got -1 and 1000",
                [](EngineBuilder &b) { b.engine.symbols[0]->minimum = -1; });
  expectInvalid("H4: symbol 0: expected 0 <= minimum <= maximum, got 1 and 0", [](EngineBuilder &b) { b.engine.symbols[0]->maximum = 0; });
  expectInvalid("H4: symbol 0: register 55 is not a register of the prologue", [](EngineBuilder &b) { b.program().symbols[0] = 55; });
  expectInvalid("H4: symbol 0: register 3 is not a register of the prologue", [](EngineBuilder &b) {
    b.program().symbols[0] = int32_t(b.addRegister());
    b.scalar(1, fb::ScalarOp::move, 3, imm(1));
  });
}

TEST(Verifier, T1) {
  expectInvalid("T1: kernel 0: segment 9 is not a code segment", [](EngineBuilder &b) { b.target().kernels[0]->segment = 9; });
  expectInvalid("T1: kernel 0: segment 1 is not a code segment", [](EngineBuilder &b) {
    b.addConstant({1});
    b.target().kernels[0]->segment = 1;
  });
  expectInvalid("T1: kernel 0: entry 9999999 is outside", [](EngineBuilder &b) { b.target().kernels[0]->entry = 9999999; });
  expectInvalid("T1: target 0 is for unknown device 5", [](EngineBuilder &b) { b.target().device = fb::DeviceKind(5); });
}

TEST(Verifier, T2) {
  expectInvalid("T2: input 0: buffer 1 is not its storage", [](EngineBuilder &b) { b.program().inputs[0]->buffer = 1; });
  expectInvalid("T2: input 0: buffer 44 is not its storage", [](EngineBuilder &b) { b.program().inputs[0]->buffer = 44; });
  expectInvalid("T2: output 0: there is no buffer 44", [](EngineBuilder &b) { b.program().outputs[0]->buffer = 44; });
  expectInvalid("T2: buffer 3 has unknown storage 7", [](EngineBuilder &b) { b.addBuffer(fb::Storage(7), 0, imm(4)); });
  expectInvalid("T2: buffer 3: there is no input 2", [](EngineBuilder &b) { b.addBuffer(fb::Storage::input, 2, imm(4)); });
  expectInvalid("T2: buffer 3: there is no output 1", [](EngineBuilder &b) { b.addBuffer(fb::Storage::output, 1, imm(4)); });
  expectInvalid("T2: buffer 2: there is no output 0 in the caller's memory", [](EngineBuilder &b) { b.program().outputs[0]->buffer = 0; });
  expectInvalid("T2: input 0 is marked as data-dependent", [](EngineBuilder &b) { b.engine.inputs[0]->data_dependent = true; });
}

TEST(Verifier, T4Waits) {
  auto expectCuda = [](const char *message, const std::function<void(fb::KernelT &)> &spoil) {
    expectInvalid(message, [&](EngineBuilder &b) {
      b.useCuda("sm_90a");
      spoil(*b.target().kernels[0]);
    });
  };
  expectInvalid("T4: kernel 0: expected a CPU kernel to leave waiting to the host",
                [](EngineBuilder &b) { b.target().kernels[0]->waits = true; });
  expectCuda("T4: kernel 0 reads operands early but waits for nothing", [](fb::KernelT &kernel) { kernel.early = {0}; });
  expectCuda("T4: kernel 0: operand 2 is none that it reads", [](fb::KernelT &kernel) { kernel.waits = true, kernel.early = {2}; });
  expectCuda("T4: kernel 0: operand 3 is none that it reads", [](fb::KernelT &kernel) { kernel.waits = true, kernel.early = {3}; });
}

TEST(Verifier, T6) {
  expectInvalid("T6: expected a program with 2 inputs, got 1", [](EngineBuilder &b) { b.program().inputs.pop_back(); });
  expectInvalid("T6: expected a program with 1 outputs, got 0", [](EngineBuilder &b) { b.program().outputs.clear(); });
  expectInvalid("T6: expected a program with 1 symbols, got 2", [](EngineBuilder &b) { b.program().symbols.push_back(-1); });
  expectInvalid("T6: input 1: expected 1 dims, got 2", [](EngineBuilder &b) { b.program().inputs[1]->dims.push_back(imm(1)); });
  expectInvalid("T6: input 0: dim 0 is another one in the program", [](EngineBuilder &b) { b.engine.inputs[0]->dims[0] = 10; });
  expectInvalid("T6: output 0: dim 0 is another one in the program", [](EngineBuilder &b) {
    b.engine.outputs[0]->dims[0] = 12;
    b.program().outputs[0]->dims[0] = imm(10);
  });
}

TEST(Verifier, T3) {
  expectInvalid("T3: buffer 3: segment 0 does not hold constants", [](EngineBuilder &b) { b.addBuffer(fb::Storage::constant, 0, imm(4)); });
  expectInvalid("T3: buffer 3: 12 bytes at 0 are not a constant",
                [](EngineBuilder &b) { b.program().buffers[b.addConstant({1, 2})]->bytes = box(imm(12)); });
  expectInvalid("T3: buffer 3: 4 bytes at 4 are not a constant", [](EngineBuilder &b) {
    fb::BufferT &buffer = *b.program().buffers[b.addConstant({1, 2})];
    buffer.bytes = box(imm(4));
    buffer.offset = box(imm(4));
  });
  expectInvalid("T3: buffer 3", [](EngineBuilder &b) { b.program().buffers[b.addConstant({1, 2})]->bytes = box(reg(0)); });
}

TEST(Verifier, P1) {
  expectInvalid("P1: 99999999 registers are more", [](EngineBuilder &b) { b.program().num_registers = 99999999; });
  expectInvalid("P1: there is no register 3", [](EngineBuilder &b) { launchOf(b).scalars[0] = reg(3); });
  expectInvalid("P1: register 3 is read but never written",
                [](EngineBuilder &b) { launchOf(b).scalars[0] = reg(int32_t(b.addRegister())); });
  expectInvalid("P1: there is no register 77", [](EngineBuilder &b) { b.scalar(1, fb::ScalarOp::move, 77, imm(0)); });
  expectInvalid("P1: there is no dimension 1 of input 0", [](EngineBuilder &b) { b.inputDim(1, b.addRegister(), 0, 1); });
  expectInvalid("P1: there is no dimension 0 of input 2", [](EngineBuilder &b) { b.inputDim(1, b.addRegister(), 2, 0); });
  expectInvalid("P1: unknown scalar operation 50", [](EngineBuilder &b) { b.scalar(1, fb::ScalarOp(50), b.addRegister(), imm(0)); });
}

TEST(Verifier, P2) {
  expectInvalid("P2: there is no block 9", [](EngineBuilder &b) { b.program().main = 9; });
  expectInvalid("P2: block 0 is used twice", [](EngineBuilder &b) { b.program().main = 0; });
  expectInvalid("P2: block 1 is used twice", [](EngineBuilder &b) { b.ifElse(1, imm(1), 1, b.addBlock()); }); // a cycle
  expectInvalid("P2: block 2 is used twice", [](EngineBuilder &b) {
    uint32_t block = b.addBlock();
    b.ifElse(1, imm(1), block, block);
  });
  expectInvalid("P2: a block is never used", [](EngineBuilder &b) { b.addBlock(); });
  expectInvalid("P2: blocks nest deeper than 64", [](EngineBuilder &b) {
    uint32_t block = 1;
    for (int i = 0; i < 65; ++i) {
      uint32_t inner = b.addBlock();
      b.ifElse(block, imm(1), inner, b.addBlock());
      block = inner;
    }
  });
}

TEST(Verifier, P3) {
  expectInvalid("P3: the prologue holds Copy", [](EngineBuilder &b) { b.copy(0, 2, 0, imm(4)); });
  expectInvalid("P3: the prologue and main both write register 0", [](EngineBuilder &b) { b.scalar(1, fb::ScalarOp::move, 0, imm(1)); });
  expectInvalid("P3: the prologue reads register 3, which main writes", [](EngineBuilder &b) {
    uint32_t late = b.addRegister();
    b.scalar(1, fb::ScalarOp::move, late, imm(1));
    b.scalar(0, fb::ScalarOp::move, b.addRegister(), reg(int32_t(late)));
  });
}

TEST(Verifier, P4) {
  expectInvalid("P4: register 3 is not known before the run", [](EngineBuilder &b) {
    uint32_t late = b.addRegister();
    b.scalar(1, fb::ScalarOp::move, late, imm(64));
    b.addArena(reg(int32_t(late)), 0, 0);
  });
  expectInvalid("P4: buffer 3 has a negative size or offset", [](EngineBuilder &b) { b.addArena(imm(-64), 0, 0); });
  expectInvalid("P4: buffer 3 has a negative size or offset", [](EngineBuilder &b) { b.addBuffer(fb::Storage::view, 0, imm(4), imm(-4)); });
}

TEST(Verifier, P5) {
  expectInvalid("P5: buffer 3: there is no buffer 30", [](EngineBuilder &b) { b.addBuffer(fb::Storage::view, 30, imm(4)); });
  expectInvalid("P5: buffer 3 is a view of itself", [](EngineBuilder &b) { b.addBuffer(fb::Storage::view, 3, imm(4)); });
  expectInvalid("is a view of itself", [](EngineBuilder &b) {
    b.addBuffer(fb::Storage::view, 4, imm(4));
    b.addBuffer(fb::Storage::view, 3, imm(4));
  });
  expectInvalid("P5: buffer 4: 8 bytes at 60 are outside buffer 3 of 64 bytes", [](EngineBuilder &b) {
    b.addArena(imm(64), 0, 0);
    b.addBuffer(fb::Storage::view, 3, imm(8), imm(60));
  });
  expectInvalid("P5: there is no buffer 12", [](EngineBuilder &b) { b.copy(1, 12, 0, imm(4)); });
}

TEST(Verifier, P6) {
  expectInvalid("P6: buffer 3: expected a lifetime below 1, got 0 to 1", [](EngineBuilder &b) { b.addArena(imm(64), 0, 1); });
  expectInvalid("P6: buffer 3: expected a lifetime below 1, got 1 to 0", [](EngineBuilder &b) { b.addArena(imm(64), 1, 0); });
  auto addStatic = [](EngineBuilder &b, int64_t bytes, int64_t offset) {
    b.program().arena_static = true;
    b.program().arena_bytes = 256;
    b.program().buffers[b.addArena(imm(bytes), 0, 0)]->offset = box(imm(offset));
  };
  expectInvalid("P6: buffer 3: 64 bytes at 8 are not a place", [&](EngineBuilder &b) { addStatic(b, 64, 8); });
  expectInvalid("P6: buffer 3: 64 bytes at 256 are not a place", [&](EngineBuilder &b) { addStatic(b, 64, 256); });
  expectInvalid("P6: buffers 3 and 4 overlap while both live", [&](EngineBuilder &b) {
    addStatic(b, 128, 64);
    addStatic(b, 64, 128);
  });
  expectInvalid("P6: buffers 3 and 4 overlap while both live", [&](EngineBuilder &b) {
    addStatic(b, 64, 128);
    addStatic(b, 128, 64);
  });
  EngineBuilder good = makeAddEngine();
  addStatic(good, 64, 0);
  addStatic(good, 128, 64);
  addStatic(good, 0, 64);
  expectOk(openFile(good.finish()));
}

TEST(Verifier, P7) {
  expectInvalid("P7: buffer 3 is used at 0 but lives from 1 to 1", [](EngineBuilder &b) {
    launchOf(b).buffers[0] = b.addArena(imm(4000), 1, 1);
    b.copy(1, 2, 0, imm(4));
  });
  expectInvalid("P7: buffer 4 is used at 0 but lives from 1 to 1", [](EngineBuilder &b) { // through a view
    launchOf(b).buffers[0] = b.addBuffer(fb::Storage::view, b.addArena(imm(4000), 1, 1), imm(4000));
    b.copy(1, 2, 0, imm(4));
  });
  expectInvalid("P7: buffer 3 is used in a loop until 3 but lives from 0 to 2", [](EngineBuilder &b) {
    uint32_t before = b.addBlock(), body = b.addBlock(), arena = b.addArena(imm(4), 0, 2);
    b.loop(1, before, imm(0), body); // position 1
    b.copy(body, arena, 0, imm(4));  // position 2
    b.copy(body, 2, 0, imm(4));      // position 3
    launchOf(b).buffers[0] = arena;
  });
}

TEST(Verifier, P8) {
  expectInvalid("P8: there is no kernel 3", [](EngineBuilder &b) { launchOf(b).kernel = 3; });
  expectInvalid("P8: kernel 0: expected 3 buffers and 2 scalars, got 3 and 1", [](EngineBuilder &b) { launchOf(b).scalars.pop_back(); });
  expectInvalid("P8: kernel 0: expected 3 buffers and 2 scalars, got 2 and 2", [](EngineBuilder &b) { launchOf(b).buffers.pop_back(); });
  expectInvalid("P8: kernel 0: the grid is negative", [](EngineBuilder &b) { launchOf(b).grid_y = box(imm(-1)); });
  expectInvalid("P8: kernel 0: the grid is negative or larger", [](EngineBuilder &b) {
    launchOf(b).grid_x = box(imm(1 << 21));
    launchOf(b).grid_y = box(imm(1 << 21));
  });
  expectInvalid("P8: kernel 0: -1 bytes of scratch", [](EngineBuilder &b) { launchOf(b).scratch = box(imm(-1)); });
  expectInvalid("P8: buffer 0 is written but is a constant or an input", [](EngineBuilder &b) { launchOf(b).buffers[2] = 0; });
  expectInvalid("P8: buffer 3 is written but is a constant or an input",
                [](EngineBuilder &b) { b.copy(1, b.addConstant({1}), 0, imm(4)); });
}

TEST(Verifier, P9) {
  expectInvalid("P9: buffer 2 is not in the pool", [](EngineBuilder &b) { b.alloc(1, 2); });
  expectInvalid("P9: buffer 2 is not in the pool", [](EngineBuilder &b) { b.free(1, 2); });
  expectInvalid("P9: buffer 2 is not a slot", [](EngineBuilder &b) { b.assign(1, 2, 0); });
  expectInvalid("P9: host integers cannot be written as type 2",
                [](EngineBuilder &b) { b.writeScalars(1, 2, fb::ElementType::f16, {imm(0)}); });
  expectInvalid("P9: host integers cannot be read as type 0",
                [](EngineBuilder &b) { b.readScalar(1, b.addRegister(), 0, fb::ElementType::f32, imm(0)); });
}

TEST(Verifier, P14) {
  auto call = [](const char *function, fb::ElementType type, size_t count) {
    return [=](EngineBuilder &b) {
      std::vector<uint32_t> buffers = {0};
      for (size_t i = 1; i < count; ++i)
        buffers.push_back(b.addArena(imm(8), 1, 1));
      b.hostCall(1, function, type, buffers, {imm(1), imm(1), imm(1), imm(1)});
    };
  };
  expectInvalid("P14: this runtime has no function 'sort'", call("sort", fb::ElementType::i32, 6));
  expectInvalid("P14: unique: expected 6 buffers and 4 scalars, got 5 and 4", call("unique", fb::ElementType::i32, 5));
  expectInvalid("P14: unique does not take type 15", call("unique", fb::ElementType::i4, 6));
  expectInvalid("P8: buffer 0 is written but is a constant or an input", [](EngineBuilder &b) {
    b.hostCall(1, "unique", fb::ElementType::i32, {0, 0, 0, 0, 0, 0}, {imm(1), imm(1), imm(1), imm(1)});
  });
}

TEST(Verifier, P10) {
  expectInvalid("P10: output 0: buffer 2 is not its storage", [](EngineBuilder &b) { b.engine.outputs[0]->data_dependent = true; });
  expectInvalid("P4: register 3 is not known before the run", [](EngineBuilder &b) {
    uint32_t late = b.addRegister();
    b.scalar(1, fb::ScalarOp::move, late, imm(64));
    b.program().outputs[0]->dims[0] = reg(int32_t(late));
  });
}

TEST(Verifier, P11) {
  // Sizes that only the shapes decide.
  auto runWith = [](const std::function<void(EngineBuilder &)> &spoil) {
    EngineBuilder builder = makeAddEngine();
    spoil(builder);
    Session session(builder);
    expectOk(session.copyInput(0, sequence(10)));
    expectOk(session.copyInput(1, sequence(10)));
    return take(session.run());
  };
  auto twice = [](EngineBuilder &b) {
    auto more = int32_t(b.addRegister());
    b.scalar(0, fb::ScalarOp::mul, uint32_t(more), reg(1), imm(2));
    return reg(more);
  };
  EXPECT_EQ(runWith([&](EngineBuilder &b) { b.program().buffers[0]->bytes = box(twice(b)); }),
            "TENON_PROGRAM_ERROR: buffer 0: expected at most 40 bytes, got 80");
  EXPECT_EQ(runWith([&](EngineBuilder &b) { b.program().buffers[2]->bytes = box(twice(b)); }),
            "TENON_PROGRAM_ERROR: buffer 2: expected at most 40 bytes, got 80");
  // Views are judged when they are used: a branch that is not taken may hold any.
  const char *misfit = "TENON_PROGRAM_ERROR: buffer 3 does not fit what it is a part of, for these shapes";
  EXPECT_EQ(runWith([&](EngineBuilder &b) { b.addBuffer(fb::Storage::view, 0, twice(b)); }), "");
  EXPECT_EQ(runWith([&](EngineBuilder &b) { b.copy(1, 2, b.addBuffer(fb::Storage::view, 0, twice(b)), imm(4)); }), misfit);
  EXPECT_EQ(runWith([&](EngineBuilder &b) { launchOf(b).buffers[0] = b.addBuffer(fb::Storage::view, 0, twice(b)); }), misfit);
  EXPECT_EQ(runWith([&](EngineBuilder &b) { launchOf(b).buffers[0] = b.addBuffer(fb::Storage::view, 0, imm(4), imm(4)); }), misfit);
  EXPECT_EQ(runWith([&](EngineBuilder &b) { b.program().inputs[0]->dims[0] = twice(b); }),
            "TENON_WRONG_SHAPE: input 'a': expected dimension 0 to be 80, got 10 (it is 'n' in the model)");
}

} // namespace
