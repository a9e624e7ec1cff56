#include "profile/include.hpp"

#include "profile/file_text.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unordered_map>

namespace ringblast {

namespace {

constexpr size_t files_max = 64; ///< in one profile: a file that is included twice counts twice

/// What is being merged: decides what is one value.
enum class Level { top, variables, user, other };

void merge_tables(TomlNode& base, TomlNode&& over, Level level);

std::string_view name_in(const TomlNode& table) {
    const TomlEntry* name = table.find("name");
    return name == nullptr ? std::string_view{} : std::string_view(name->node.text);
}

/// [[user]], [[probe]] and a suite's [[run]]: those of an equal name are one.
void merge_by_name(TomlNode& base, TomlNode&& over, Level level) {
    std::unordered_map<std::string, size_t> known;
    for (size_t i = 0; i < base.items.size(); ++i) {
        known.emplace(name_in(base.items[i]), i);
    }
    for (TomlNode& item : over.items) {
        const auto found = known.find(std::string(name_in(item)));
        if (found == known.end() || found->first.empty()) {
            base.items.push_back(std::move(item));
        } else {
            merge_tables(base.items[found->second], std::move(item), level);
        }
    }
    base.place = over.place;
}

void merge_nodes(TomlEntry& base, TomlEntry&& over, Level level) {
    using Kind = TomlNode::Kind;
    const bool named_list =
        level == Level::top && (over.key == "user" || over.key == "probe" || over.key == "run");
    const bool one_value =
        level == Level::variables || (level == Level::user && over.key == "wait");
    if (named_list && base.node.kind == Kind::list && over.node.kind == Kind::list) {
        merge_by_name(base.node, std::move(over.node),
                      over.key == "user" ? Level::user : Level::other);
    } else if (!one_value && base.node.kind == Kind::table && over.node.kind == Kind::table) {
        const bool variables = level == Level::top && over.key == "variables";
        merge_tables(base.node, std::move(over.node), variables ? Level::variables : Level::other);
    } else {
        base = std::move(over);
    }
}

void merge_tables(TomlNode& base, TomlNode&& over, Level level) {
    std::unordered_map<std::string, size_t> known;
    for (size_t i = 0; i < base.entries.size(); ++i) {
        known.emplace(base.entries[i].key, i);
    }
    for (TomlEntry& entry : over.entries) {
        const auto found = known.find(entry.key);
        if (found == known.end()) {
            base.entries.push_back(std::move(entry));
        } else {
            merge_nodes(base.entries[found->second], std::move(entry), level);
        }
    }
    base.place = over.place;
}

/// Equal for one file, however it was named.
std::string identity(const std::string& path) {
    std::error_code ignored;
    const std::filesystem::path whole = std::filesystem::weakly_canonical(path, ignored);
    return ignored ? path : whole.string();
}

class TreeReader {
public:
    TreeReader(const SetValues& set, Problems& problems) : set_(set), problems_(problems) {}

    std::optional<TomlNode> read(const TomlSource& source) {
        const uint32_t file = problems_.add_file(source.name, source.directory);
        std::optional<TomlNode> own = parse_toml(source.text, file, problems_);
        if (!own) {
            return std::nullopt;
        }
        const auto include = std::ranges::find(own->entries, "include", &TomlEntry::key);
        if (include == own->entries.end()) {
            return own;
        }
        const TomlNode list = std::move(include->node);
        own->entries.erase(include);
        open_.push_back(source.path.empty() ? std::string{} : identity(source.path));
        std::optional<TomlNode> whole = read_included(list);
        open_.pop_back();
        if (whole) {
            merge_tables(*whole, std::move(*own), Level::top);
        }
        return whole;
    }

private:
    std::optional<TomlNode> read_included(const TomlNode& list) {
        if (list.kind == TomlNode::Kind::text) {
            return read_one(list);
        }
        std::optional<TomlNode> whole = TomlNode{};
        if (list.kind != TomlNode::Kind::list) {
            whole = refuse(list);
        }
        for (const TomlNode& item : list.items) {
            std::optional<TomlNode> one =
                item.kind == TomlNode::Kind::text ? read_one(item) : refuse(item);
            if (whole && one) {
                merge_tables(*whole, std::move(*one), Level::top);
            } else {
                whole.reset();
            }
        }
        return whole;
    }

    std::optional<TomlNode> read_one(const TomlNode& item) {
        const Expected<std::string> name = substitute(item.text, set_);
        if (!name) {
            return complain(item.place, name.error().message);
        }
        const std::string path = path_in(problems_.directory(item.place.file), *name);
        if (std::ranges::find(open_, identity(path)) != open_.end()) {
            return complain(item.place,
                            "include: " + path +
                                " includes itself, directly or through others; allowed: "
                                "files that do not include this one");
        }
        if (problems_.file_count() >= files_max) {
            return complain(item.place, "include: too many files; allowed: " +
                                            std::to_string(files_max) + " in one profile");
        }
        const Expected<std::string> text = read_text_file(path, profile_size_max);
        if (!text) {
            return complain(item.place, "include: " + text.error().message +
                                            "; allowed: paths relative to this file");
        }
        return read({.text = *text, .name = path, .directory = directory_of(path), .path = path});
    }

    std::optional<TomlNode> refuse(const TomlNode& node) {
        return complain(node.place, "include is not a list of paths; allowed: "
                                    "include = [\"common.toml\"]");
    }

    std::optional<TomlNode> complain(Place place, std::string message) {
        problems_.add(place, std::move(message));
        return std::nullopt;
    }

    const SetValues& set_;
    Problems& problems_;
    std::vector<std::string>
        open_; ///< the files that are being read, each included by the one before
};

} // namespace

std::optional<TomlNode> read_tree(const TomlSource& source, const SetValues& set,
                                  Problems& problems) {
    return TreeReader(set, problems).read(source);
}

} // namespace ringblast
