// What a misspelt word was probably meant to be.
#pragma once

#include <string>
#include <vector>

namespace signet::serving {

// The known word that is fewest edits away (a letter more, less, other, or two neighbours swapped),
// the first of equals; empty where even that would take more than a third of the word's letters.
std::string ClosestWord(const std::string& word, const std::vector<std::string>& known);

}  // namespace signet::serving
