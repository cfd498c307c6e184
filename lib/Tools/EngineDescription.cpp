// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a verified engine's header into JSON.
#include "lib/Tools/Inspect.h"

#include "runtime/engine/engine_generated.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

static json::Value text(const flatbuffers::String *string) { return json::fixUTF8(string ? string->c_str() : ""); }

/// Iterates over a vector that may be absent.
template <typename Vector, typename Function> static void forEach(const Vector *vector, Function function) {
  for (flatbuffers::uoffset_t i = 0; vector && i < vector->size(); ++i)
    function(i, vector->Get(i));
}

template <typename Vector> static int64_t sizeOf(const Vector *vector) { return vector ? vector->size() : 0; }

static json::Array texts(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> *vector) {
  json::Array array;
  forEach(vector, [&](size_t, const flatbuffers::String *string) { array.push_back(text(string)); });
  return array;
}

/// A dim: its number, its name in the model, or "?".
static json::Array dims(const engine::Tensor &tensor) {
  json::Array array;
  forEach(tensor.dims(), [&](size_t axis, int64_t dim) {
    const auto *names = tensor.dim_names();
    const flatbuffers::String *name = names && axis < names->size() ? names->Get(axis) : nullptr;
    if (dim >= 0)
      array.push_back(dim);
    else
      array.push_back(name && name->size() ? text(name) : json::Value("?"));
  });
  return array;
}

static json::Array tensors(const flatbuffers::Vector<flatbuffers::Offset<engine::Tensor>> *vector) {
  json::Array array;
  forEach(vector, [&](size_t, const engine::Tensor *tensor) {
    StringRef type = engine::EnumNameElementType(tensor->type());
    array.push_back(json::Object{{"name", text(tensor->name())},
                                 {"type", type == "boolean" ? "bool" : type},
                                 {"dims", dims(*tensor)},
                                 {"data_dependent", tensor->data_dependent()}});
  });
  return array;
}

static json::Array symbols(const engine::Engine &engine) {
  json::Array array;
  forEach(engine.symbols(), [&](size_t, const engine::Symbol *symbol) {
    array.push_back(json::Object{{"name", text(symbol->name())}, {"minimum", symbol->minimum()}, {"maximum", symbol->maximum()}});
  });
  return array;
}

static json::Array segments(const engine::Engine &engine) {
  json::Array array;
  forEach(engine.segments(), [&](size_t, const engine::Segment *segment) {
    array.push_back(json::Object{{"kind", engine::EnumNameSegmentKind(segment->kind())},
                                 {"offset", static_cast<int64_t>(segment->offset())},
                                 {"bytes", static_cast<int64_t>(segment->size())}});
  });
  return array;
}

namespace {
/// What the instructions of a program say, gathered in one walk over all blocks.
struct ProgramFacts {
  std::vector<int64_t> launches; // by kernel
  std::vector<int64_t> scratch;  // by kernel: bytes of a workgroup's own memory at most, -1 if the host program computes it
  json::Array readBacks, guards;
  json::Object instructions; // how many of each kind
};
} // namespace

static ProgramFacts walk(const engine::Program &program, size_t numKernels) {
  ProgramFacts facts;
  facts.launches.resize(numKernels);
  facts.scratch.resize(numKernels);
  auto visit = [&](size_t, const engine::Instruction *instruction) {
    json::Value &count = facts.instructions[engine::EnumNameAction(instruction->action_type())];
    count = count.getAsInteger().value_or(0) + 1;
    if (const engine::Launch *launch = instruction->action_as_Launch()) {
      facts.launches[launch->kernel()] += 1;
      int64_t &scratch = facts.scratch[launch->kernel()];
      scratch = launch->scratch()->reg() >= 0 || scratch < 0 ? -1 : std::max(scratch, launch->scratch()->value());
    }
    if (const engine::ReadScalar *read = instruction->action_as_ReadScalar())
      facts.readBacks.push_back(text(read->reason()));
    if (const engine::Guard *guard = instruction->action_as_Guard())
      facts.guards.push_back(text(guard->message()));
  };
  forEach(program.blocks(), [&](size_t, const engine::Block *block) { forEach(block->instructions(), visit); });
  return facts;
}

static json::Object memory(const engine::Program &program, const ProgramFacts &facts, uint64_t constants) {
  json::Object buffers;
  forEach(program.buffers(), [&](size_t, const engine::Buffer *buffer) {
    json::Value &count = buffers[engine::EnumNameStorage(buffer->storage())];
    count = count.getAsInteger().value_or(0) + 1;
  });
  json::Object object{{"constants_bytes", static_cast<int64_t>(constants)},
                      {"planned_at", program.arena_static() ? "compile time" : "shape binding"},
                      {"buffers", std::move(buffers)},
                      {"read_backs", static_cast<int64_t>(facts.readBacks.size())},
                      {"allocations", facts.instructions.getInteger("Alloc").value_or(0)}};
  if (program.arena_static()) {
    object["arena_bytes"] = static_cast<int64_t>(program.arena_bytes());
    object["live_bytes"] = static_cast<int64_t>(program.live_bytes());
  }
  return object;
}

static json::Object target(const engine::Target &target) {
  ProgramFacts facts = walk(*target.program(), sizeOf(target.kernels()));
  json::Array kernels;
  forEach(target.kernels(), [&](size_t index, const engine::Kernel *kernel) {
    json::Object row{{"name", text(kernel->name())},     {"launches", facts.launches[index]},     {"buffers", sizeOf(kernel->writes())},
                     {"scalars", kernel->num_scalars()}, {"scratch_bytes", facts.scratch[index]}, {"nodes", texts(kernel->nodes())}};
    if (target.device() == engine::DeviceKind::cuda) {
      row["threads"] = kernel->threads();
      row["scratch_space"] = engine::EnumNameScratchSpace(kernel->scratch_space());
    }
    kernels.push_back(std::move(row));
  });
  json::Object memoryPlan = memory(*target.program(), facts, target.constants_bytes());
  return json::Object{{"device", engine::EnumNameDeviceKind(target.device())},
                      {"arch", text(target.arch())},
                      {"features", texts(target.features())},
                      {"kernels", std::move(kernels)},
                      {"instructions", std::move(facts.instructions)},
                      {"guards", std::move(facts.guards)},
                      {"read_backs", std::move(facts.readBacks)},
                      {"memory", std::move(memoryPlan)}};
}

/// Moves what the assembler said about the kernels of `target` from the report to them.
static void addResources(json::Object &target, const json::Array &assembly) {
  for (const json::Value &entry : assembly) {
    const json::Object *arch = entry.getAsObject();
    const json::Array *rows = arch ? arch->getArray("kernels") : nullptr;
    if (!rows || arch->getString("arch") != target.getString("arch"))
      continue;
    StringMap<const json::Object *> byName;
    for (const json::Value &row : *rows)
      if (const json::Object *object = row.getAsObject())
        byName[object->getString("name").value_or("")] = object;
    for (json::Value &kernel : *target.getArray("kernels")) {
      json::Object &known = *kernel.getAsObject();
      if (const json::Object *resources = byName.lookup(*known.getString("name")))
        for (const auto &[key, value] : *resources)
          known.try_emplace(key, value);
    }
  }
}

/// Dispatches that write into the memory of an operand: in the host program that is a buffer like any other.
static int64_t countReused(const json::Object &report) {
  const json::Array *remarks = report.getArray("fusions");
  return !remarks ? 0 : llvm::count_if(*remarks, [](const json::Value &row) {
    return row.getAsObject() && row.getAsObject()->getString("name") == "Reused";
  });
}

json::Object tenon::cli::describeEngine(const engine::Engine &engine) {
  json::Array targets;
  forEach(engine.targets(), [&](size_t, const engine::Target *entry) { targets.push_back(target(*entry)); });
  json::Object metadata;
  forEach(engine.metadata(), [&](size_t, const engine::Property *property) {
    std::string key = json::fixUTF8(property->key()->str());
    metadata[key] = text(property->value());
  });
  json::Object object{{"format_version", engine.version()},   {"producer", text(engine.producer())}, {"inputs", tensors(engine.inputs())},
                      {"outputs", tensors(engine.outputs())}, {"symbols", symbols(engine)},          {"segments", segments(engine)},
                      {"targets", std::move(targets)},        {"metadata", std::move(metadata)}};
  if (engine.report() && engine.report()->size()) {
    Expected<json::Value> report = json::parse(engine.report()->str());
    json::Object *content = report ? report->getAsObject() : nullptr;
    if (content) {
      if (const json::Array *assembly = content->getArray("assembly"))
        for (json::Value &entry : *object.getArray("targets"))
          addResources(*entry.getAsObject(), *assembly);
      content->erase("assembly");
      int64_t reused = countReused(*content);
      for (json::Value &entry : *object.getArray("targets"))
        (*entry.getAsObject()->getObject("memory"))["reused"] = reused;
    }
    if (report)
      object["report"] = std::move(*report);
    else
      consumeError(report.takeError());
  }
  return object;
}
