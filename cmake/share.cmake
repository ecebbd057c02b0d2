# What the program says of itself: manual page and shell completion, in the folders of share/ that they are installed to
# (build/release/share).
set(share ${CMAKE_BINARY_DIR}/share)
function(gerund_says file)
  get_filename_component(folder ${share}/${file} DIRECTORY)
  add_custom_command(OUTPUT ${share}/${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND gerund ${ARGN} > ${share}/${file}
    DEPENDS gerund COMMENT "Writing share/${file}" VERBATIM)
  set_property(GLOBAL APPEND PROPERTY GERUND_SAYS ${share}/${file})
endfunction()
gerund_says(man/man1/gerund.1 man)
gerund_says(bash-completion/completions/gerund completion bash)
gerund_says(zsh/site-functions/_gerund completion zsh)
gerund_says(fish/vendor_completions.d/gerund.fish completion fish)
get_property(said GLOBAL PROPERTY GERUND_SAYS)
add_custom_target(gerund_share ALL DEPENDS ${said})
