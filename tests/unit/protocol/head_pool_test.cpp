#include "protocol/head_pool.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <set>

using namespace ringblast;

TEST_CASE("blocks are apart, writable to their end and reused") {
    HeadPool pool;
    std::set<char*> blocks;
    for (int i = 0; i < 40; ++i) {
        char* block = pool.take_small();
        REQUIRE(block != nullptr);
        std::memset(block, i, HeadPool::small_size);
        CHECK(blocks.insert(block).second);
    }
    CHECK(pool.growths() == 3);
    CHECK(pool.blocks_taken() == 40);
    for (char* block : blocks) {
        CHECK(std::memcmp(block, block + 1, HeadPool::small_size - 1) == 0);
        pool.give_small(block);
    }
    CHECK(pool.blocks_taken() == 0);
    for (int again = 0; again < 48; ++again) {
        pool.take_small();
    }
    CHECK(pool.growths() == 3);
    CHECK(pool.bytes() == 3 * HeadPool::large_size);
}

TEST_CASE("the bound holds and refusals are counted") {
    HeadPool pool(2 * HeadPool::large_size);
    char* large = pool.take_large();
    REQUIRE(large != nullptr);
    std::memset(large, 1, HeadPool::large_size);
    for (int i = 0; i < 16; ++i) {
        REQUIRE(pool.take_small() != nullptr);
    }
    CHECK(pool.take_small() == nullptr);
    CHECK(pool.take_large() == nullptr);
    CHECK(pool.exhaustions() == 2);
    pool.give_large(large);
    CHECK(pool.take_large() == large);
}
