// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ELF objects -> one read-execute block. Only PC-relative relocations exist in it, so that it runs wherever it is mapped and the
// runtime needs no loader.
#include "lib/Target/Cpu/LinkBlob.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace llvm::object;

namespace tenon::cpu {
namespace {

using Elf = ELF64LEFile;
using Rela = ELF64LE::Rela;
using Shdr = ELF64LE::Shdr;
using Sym = ELF64LE::Sym;

/// One object with the place of each of its sections in the block; sections that are not loaded have none.
class PlacedObject {
public:
  static Expected<PlacedObject> place(StringRef data, std::vector<uint8_t> &bytes);
  Error relocate(std::vector<uint8_t> &bytes) const;
  Error collectKernels(std::vector<CodeBlob::Kernel> &kernels) const;

private:
  explicit PlacedObject(Elf file) : file(std::move(file)) {}
  Error apply(const Rela &relocation, uint64_t base, const Shdr &symbols, std::vector<uint8_t> &bytes) const;
  Expected<uint64_t> addressOf(const Sym &symbol, StringRef names) const;

  Elf file;
  std::vector<std::optional<uint64_t>> addresses;
};

Expected<PlacedObject> PlacedObject::place(StringRef data, std::vector<uint8_t> &bytes) {
  Expected<Elf> file = Elf::create(data);
  if (!file)
    return file.takeError();
  PlacedObject object(std::move(*file));
  auto sections = object.file.sections();
  if (!sections)
    return sections.takeError();
  for (const Shdr &section : *sections) {
    object.addresses.emplace_back();
    if (!(section.sh_flags & ELF::SHF_ALLOC) || section.sh_size == 0)
      continue;
    if (section.sh_flags & ELF::SHF_WRITE || section.sh_type != ELF::SHT_PROGBITS) {
      // Unwind tables and notes are not needed; anything writable would need memory that the block does not have.
      if (section.sh_flags & ELF::SHF_WRITE)
        return createStringError("kernels must not have writable data");
      continue;
    }
    Expected<ArrayRef<uint8_t>> content = object.file.getSectionContents(section);
    if (!content)
      return content.takeError();
    uint64_t alignment = std::max<uint64_t>(section.sh_addralign, section.sh_flags & ELF::SHF_EXECINSTR ? 64 : 1);
    bytes.resize(alignTo(bytes.size(), alignment), section.sh_flags & ELF::SHF_EXECINSTR ? 0xCC : 0);
    object.addresses.back() = bytes.size();
    bytes.insert(bytes.end(), content->begin(), content->end());
  }
  return object;
}

Expected<uint64_t> PlacedObject::addressOf(const Sym &symbol, StringRef names) const {
  if (symbol.st_shndx >= addresses.size() || !addresses[symbol.st_shndx]) {
    Expected<StringRef> name = symbol.getName(names);
    if (!name)
      return name.takeError();
    return createStringError("undefined symbol '" + *name + "' in a kernel");
  }
  return *addresses[symbol.st_shndx] + symbol.st_value;
}

Error PlacedObject::apply(const Rela &relocation, uint64_t base, const Shdr &symbols, std::vector<uint8_t> &bytes) const {
  Expected<const Sym *> symbol = file.getRelocationSymbol(relocation, &symbols);
  if (!symbol)
    return symbol.takeError();
  auto names = file.getStringTableForSymtab(symbols);
  if (!names)
    return names.takeError();
  uint32_t type = relocation.getType(false);
  uint64_t place = base + relocation.r_offset;
  uint64_t width = type == ELF::R_X86_64_PC64 ? 8 : 4;
  if (type != ELF::R_X86_64_PC32 && type != ELF::R_X86_64_PLT32 && type != ELF::R_X86_64_PC64)
    return createStringError("unsupported relocation " + getELFRelocationTypeName(ELF::EM_X86_64, type) + " in a kernel");
  if (place + width > bytes.size())
    return createStringError("relocation outside its section");
  if (!*symbol)
    return createStringError("relocation without a symbol");
  Expected<uint64_t> target = addressOf(**symbol, *names);
  if (!target)
    return target.takeError();
  int64_t value = static_cast<int64_t>(*target + static_cast<uint64_t>(relocation.r_addend) - place);
  if (width == 4 && !isInt<32>(value))
    return createStringError("code block larger than 2 GiB");
  if (width == 8)
    support::endian::write64le(&bytes[place], static_cast<uint64_t>(value));
  else
    support::endian::write32le(&bytes[place], static_cast<uint32_t>(value));
  return Error::success();
}

Error PlacedObject::relocate(std::vector<uint8_t> &bytes) const {
  for (const Shdr &section : cantFail(file.sections())) {
    if (section.sh_type != ELF::SHT_RELA || section.sh_info >= addresses.size() || !addresses[section.sh_info])
      continue;
    auto relocations = file.relas(section);
    if (!relocations)
      return relocations.takeError();
    auto symbols = file.getSection(section.sh_link);
    if (!symbols)
      return symbols.takeError();
    for (const Rela &relocation : *relocations)
      if (Error error = apply(relocation, *addresses[section.sh_info], **symbols, bytes))
        return error;
  }
  return Error::success();
}

Error PlacedObject::collectKernels(std::vector<CodeBlob::Kernel> &kernels) const {
  for (const Shdr &section : cantFail(file.sections())) {
    if (section.sh_type != ELF::SHT_SYMTAB)
      continue;
    auto names = file.getStringTableForSymtab(section);
    auto symbols = file.symbols(&section);
    if (!names)
      return joinErrors(names.takeError(), symbols.takeError());
    if (!symbols)
      return symbols.takeError();
    for (const Sym &symbol : *symbols) {
      if (symbol.getType() != ELF::STT_FUNC || symbol.getBinding() != ELF::STB_GLOBAL)
        continue;
      Expected<StringRef> name = symbol.getName(*names);
      if (!name)
        return name.takeError();
      Expected<uint64_t> address = addressOf(symbol, *names);
      if (!address)
        return address.takeError();
      kernels.push_back({name->str(), *address});
    }
  }
  return Error::success();
}

} // namespace

Error linkBlob(ArrayRef<StringRef> objects, CodeBlob &blob) {
  std::vector<PlacedObject> placed;
  for (StringRef data : objects) {
    Expected<PlacedObject> object = PlacedObject::place(data, blob.bytes);
    if (!object)
      return object.takeError();
    placed.push_back(std::move(*object));
  }
  for (const PlacedObject &object : placed) {
    if (Error error = object.relocate(blob.bytes))
      return error;
    if (Error error = object.collectKernels(blob.kernels))
      return error;
  }
  return Error::success();
}

} // namespace tenon::cpu
