// Every key a profile may hold, by the table it stands in. The readers ask for no other one, and
// docs/profile.md has a section for each table with each of its keys; tests hold both to it.
#pragma once

#include <span>
#include <string_view>

namespace ringblast {

enum class Table {
    top,
    target,
    load,
    stage,
    select,
    output,
    hook, ///< [setup] and [teardown]
    user,
    wait,
    task,
    request,
    expect,
    json_condition,
    extract,
    until,
    variable,
    threshold,
    tls,
    probe,
    ws,
    count
};

struct KeyTable {
    std::string_view title; ///< as messages and headings of the documentation call it
    std::string_view in;    ///< as messages say where a key belongs
    std::span<const std::string_view> keys;
};

/// A table among those of its kind of file, where a key may belong that it does not have.
struct KnownKeys {
    const KeyTable& table;
    std::span<const KeyTable> family;
};

const KeyTable& key_table(Table table);

/// All keys of all tables, from outside to inside.
std::span<const KeyTable> key_tables();

} // namespace ringblast
