// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Damaged files: every byte outside the segments changed, every length, wrong versions, and damage in segments.
#include "test/runtime/Session.h"

using namespace tenon::test;

namespace {

/// With one device of one thread for all.
std::string tryOpen(const std::vector<uint8_t> &file) {
  static tenon_device *device = [] {
    tenon_device_options options = {};
    options.size = sizeof(options);
    options.threads = 1;
    tenon_device *made;
    expectOk(tenon_device_create(&options, &made));
    return made;
  }();
  tenon_open_options options = {sizeof(options), device, 0};
  tenon_engine *engine;
  std::string error = take(tenon_engine_open_memory(file.data(), file.size(), &options, &engine));
  tenon_engine_release(engine);
  return error;
}

class Frame : public testing::Test {
protected:
  Frame() {
    EngineBuilder builder = makeAddEngine();
    builder.addConstant(sequence(100).values);
    file = builder.finish();
    preamble = fb::decodePreamble(file.data());
  }

  std::vector<uint8_t> file;
  fb::Preamble preamble;
};

TEST_F(Frame, EveryChangedByteIsRefused) {
  ASSERT_EQ(tryOpen(file), "");
  // All of it: preamble, padding, code, constants and header; each byte with one bit flipped and with all.
  for (size_t i = 0; i < file.size(); ++i)
    for (uint8_t mask : {0x01, 0xff}) {
      if (mask == 0xff && i >= fb::kPreambleSize && i < preamble.headerOffset)
        continue; // padding and segments: one change each is enough
      file[i] ^= mask;
      std::string error = tryOpen(file);
      file[i] ^= mask;
      ASSERT_TRUE(error.rfind("TENON_CORRUPT_ENGINE: ", 0) == 0 || error.rfind("TENON_WRONG_VERSION: ", 0) == 0)
          << "byte " << i << ": " << error;
    }
}

TEST_F(Frame, EveryOtherByteOfTheHeaderIsRefused) {
  // All 255 other values of the bytes that steer the loader before the hash is known.
  for (size_t i = 0; i < fb::kPreambleSize; ++i)
    for (int change = 1; change < 256; ++change) {
      file[i] ^= uint8_t(change);
      std::string error = tryOpen(file);
      file[i] ^= uint8_t(change);
      ASSERT_NE(error, "") << "byte " << i << " changed by " << change;
    }
}

TEST_F(Frame, EveryCutIsRefused) {
  for (size_t size = 0; size < file.size(); size += size < 300 || size > preamble.headerOffset ? 1 : 97) {
    std::vector<uint8_t> cut(file.begin(), file.begin() + long(size));
    cut.reserve(1); // data() is not NULL
    std::string error = tryOpen(cut);
    ASSERT_EQ(error.rfind("TENON_CORRUPT_ENGINE: ", 0), 0u) << size << ": " << error;
  }
  file.push_back(0);
  EXPECT_EQ(tryOpen(file).rfind("TENON_CORRUPT_ENGINE: expected an engine of ", 0), 0u);
}

TEST(SegmentHash, IsTheSameInAnyOrderAndInAnyParts) {
  for (uint64_t size : {uint64_t(0), uint64_t(1), fb::kHashPiece - 1, fb::kHashPiece, fb::kHashPiece + 1, 3 * fb::kHashPiece + 5}) {
    std::vector<uint8_t> bytes(size);
    for (size_t i = 0; i < size; ++i)
      bytes[i] = uint8_t(i * 7 + i / 251);
    fb::SegmentHash hash(size);
    for (size_t piece = hash.getNumPieces(); piece-- > 0;)
      hash.setPiece(piece, bytes.data() + fb::SegmentHash::getOffset(piece));
    for (size_t part : {size_t(1000), size_t(fb::kHashPiece), size_t(fb::kHashPiece + 1), size_t(1) << 30}) {
      fb::SegmentHasher hasher;
      for (size_t at = 0; at < size; at += part)
        hasher.update(bytes.data() + at, std::min<size_t>(part, size - at));
      EXPECT_EQ(hasher.finish(), hash.finish()) << size << " in parts of " << part;
    }
  }
}

TEST(LongSegment, DamageInAnyPieceIsFound) {
  EngineBuilder builder = makeAddEngine();
  constexpr size_t kPieces = 20;
  builder.addConstant(sequence(int64_t(kPieces * fb::kHashPiece / 4 + 3)).values);
  std::vector<uint8_t> file = builder.finish();
  ASSERT_EQ(tryOpen(file), "");
  uint64_t start = builder.engine.segments.back()->offset, size = builder.engine.segments.back()->size;
  for (size_t piece = 0; piece <= kPieces; ++piece)
    for (uint64_t at : {piece * fb::kHashPiece, std::min((piece + 1) * fb::kHashPiece, size) - 1}) {
      file[start + at] ^= 0x80;
      EXPECT_NE(tryOpen(file).find("bytes of constants does not match its hash"), std::string::npos) << at;
      file[start + at] ^= 0x80;
    }
}

TEST_F(Frame, OtherVersionsAreNamed) {
  file[8] = 9;
  EXPECT_EQ(tryOpen(file), "TENON_WRONG_VERSION: expected an engine of format version 4, got version 9");
}

TEST_F(Frame, OtherFilesAreNamed) {
  std::string text(5000, 'x');
  EXPECT_EQ(tryOpen(std::vector<uint8_t>(text.begin(), text.end())),
            "TENON_CORRUPT_ENGINE: not a Tenon engine: the first 8 bytes are wrong");
}

TEST_F(Frame, HeadersThatAreNoFlatBufferAreRefused) {
  for (size_t i = 0; i < 64; ++i) {
    std::vector<uint8_t> spoiled = file;
    std::fill(spoiled.begin() + long(preamble.headerOffset + i), spoiled.end(), uint8_t(0xff));
    rehash(spoiled);
    EXPECT_EQ(tryOpen(spoiled), "TENON_CORRUPT_ENGINE: the engine's header is not a well-formed FlatBuffer");
  }
}

} // namespace
