# Reads YAML files as GitLab does and prints one JSON line per file: {"documents": [...]} or {"refused": "..."}.
# After gitlabhq lib/gitlab/config/loader/yaml.rb, multi_doc_yaml.rb and ci/config/yaml/loader.rb (read 2026-11).
# Usage: ruby psych.rb < list-of-paths
require "json"
require "yaml"

class Reference
  attr_reader :tag, :value

  def init_with(coder)
    @tag = coder.tag
    @value = coder.type == :seq ? coder.seq : coder.type == :map ? coder.map : coder.scalar
  end
end
Psych.add_tag("!reference", Reference)

DIVIDER = /^---\s+/
MAX_DOCUMENTS = 2

def key_of(key)
  case key
  when Array, Hash then JSON.generate(portable(key))
  else key.to_s
  end
end

def portable(value)
  case value
  when Hash then value.to_h { |key, item| [key_of(key), portable(item)] }
  when Array then value.map { |item| portable(item) }
  when Reference then { "!reference" => portable(value.value) }
  when Symbol then value.to_s
  when Float then value.finite? ? { "float" => value.to_s } : { "float" => value.to_s.downcase }
  when String then value.dup.force_encoding("UTF-8").scrub("\uFFFD")
  else value
  end
end

def documents_of(text)
  parts = text.split(DIVIDER, MAX_DOCUMENTS + 1)
  parts.map do |part|
    portable(YAML.safe_load(part, permitted_classes: [Symbol, Reference], permitted_symbols: [], aliases: true))
  end.reject { |document| !document || (document.respond_to?(:empty?) && document.empty?) }
end

$stdout.sync = true
$stdin.each_line(chomp: true) do |path|
  answer =
    begin
      text = File.read(path, encoding: "UTF-8")
      { "documents" => documents_of(text) }
    rescue Exception => e # SystemStackError and NoMemoryError too
      { "refused" => "#{e.class}: #{e.message.lines.first&.strip}" }
    end
  line = begin JSON.generate(answer, max_nesting: 0) rescue JSON.generate({ "refused" => "not portable" }) end
  puts line
end
